"""Secrets that lie in files, as they are mounted."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from detector.errors import SettingsError


def read_secret(name: str, given: SecretStr, file: Path | None) -> str:
    """A secret from the settings or from its file, less the line break at its end.

    `name` is the setting's, whose file is named by the setting `<name>_file`. Raises `SettingsError` where that file
    can't be read, or is empty.
    """
    if file is None:
        return given.get_secret_value()
    key = f"{name}_file"
    try:
        secret = file.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        problem = f"{file} can't be read: {(error.strerror or str(error)).lower()}."
        raise SettingsError(problem, f"It is named by {key}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} isn't text.", f"It is named by {key}.") from None
    if not secret:
        raise SettingsError(f"{file} is empty.", f"It is named by {key}; write the secret into it.")
    return secret
