"""Documents from records, one file each; a new one is listed here."""

from collections.abc import Mapping

from bot.files.docx.form import Form
from bot.services.documents.annual import FORM as ANNUAL
from bot.services.documents.minutes import FORM as MINUTES
from bot.services.documents.paper import CALLS, SIGN_IN

__all__ = ["FORMS"]

FORMS: Mapping[str, Form] = {form.name: form for form in (MINUTES, SIGN_IN, CALLS, ANNUAL)}
