"""Which ledger takes over the lines of a chain; one line for each thing a chain may be about."""

from __future__ import annotations

from bot.domain.chains import About
from bot.services.chain_books.attendance import AttendanceBook
from bot.services.chain_books.book import Book
from bot.services.chain_books.dues import DuesBook
from bot.services.chain_books.receipts import ReceiptBook
from bot.services.chain_books.signup import SignupBook

BOOKS: dict[About, Book] = {
    About.ATTENDANCE: AttendanceBook(),
    About.LEAVE: AttendanceBook(on_leave=True),
    About.SIGNUP: SignupBook(),
    About.DUES: DuesBook(),
    About.RECEIPT: ReceiptBook(),
}
