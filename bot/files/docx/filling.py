"""Fills a form in: the built-in template, or one of the user's own, is rendered with values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.domain.errors import DomainError
from bot.files.docx.form import Form
from bot.files.docx.template import build
from bot.files.tables import UnreadableFile, whole_or_nothing

_ENDING = ".docx"
_NAMED = re.compile(r"'([^']*)'(?!.*')")


class UnfitTemplate(DomainError):
    """A template of the user's own that cannot be filled in; the sentence says what to change."""


def write_docx(
    path: Path, form: Form, values: Mapping[str, Any], template: Path | None = None
) -> None:
    """Write a document; whole or not at all.

    Args:
        values: Field → text, number or list; nothing in it is read as markup.
        template: The user's own; None for the built-in one.

    Raises:
        UnfitTemplate: With the field that is not known.
        UnreadableFile: The name does not end in .docx, or a file cannot be read or written.
    """
    if path.suffix.lower() != _ENDING:
        raise UnreadableFile(f"文件名要以 .docx 结尾，现在是“{path.name}”。")
    opened = _opened(form, template)
    where = template.name if template is not None else form.title
    _render(opened, values, where)
    whole_or_nothing(path, lambda draft: opened.save(str(draft)))


def _opened(form: Form, template: Path | None) -> Any:
    if template is None:
        held = BytesIO()
        build(form).save(held)
        held.seek(0)
        return DocxTemplate(held)
    try:
        opened = DocxTemplate(BytesIO(template.read_bytes()))
        opened.init_docx()
    except OSError:
        raise UnreadableFile(
            f"打不开模板 {template}。请检查配置里 [documents] 写的路径。"
        ) from None
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError):
        raise UnfitTemplate(
            f"{template.name} 不是Word文档。请用Word或WPS另存为 .docx 再试。"
        ) from None
    return opened


def _render(opened: Any, values: Mapping[str, Any], where: str) -> None:
    """Fill in; a template is a file from outside, so it gets at nothing but the values."""
    inside = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        opened.render(dict(values), jinja_env=inside, autoescape=True)
    except UndefinedError as error:
        named = _NAMED.search(str(error))
        field = named[1] if named else str(error)
        raise UnfitTemplate(f"模板“{where}”里的“{field}”认不出，请改成能填的名称。") from None
    except SecurityError:
        raise UnfitTemplate(f"模板“{where}”里有不许用的写法，只能写能填的名称。") from None
    except TemplateError as error:
        raise UnfitTemplate(f"模板“{where}”写得不对：{error}。请对照默认模板改。") from None
