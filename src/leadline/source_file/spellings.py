"""How other programs name the columns that everybody has."""

from leadline.source_file.field_names import FieldNames, plain

_SPELLINGS = {
    "email": (
        "e-mail",
        "mail",
        "email 1",
        "primary email",
        "work email",
        "business email",
        "e-mail 1 - value",
    ),
    "firstName": ("first", "given name", "forename", "fname", "vorname", "prénom"),
    "lastName": ("last", "surname", "family name", "lname", "nachname", "nom"),
    "company": ("account", "account name", "organization", "organisation", "company account", "firma"),
    "title": ("job", "position", "role", "job role"),
    "phone": ("telephone", "work phone", "business phone", "phone 1", "tel", "telefon"),
    "mobilePhone": ("mobile", "cell", "cell phone", "mobile number"),
    "postalCode": ("zip", "zip code", "postcode", "zip postal code", "plz"),
    "address": ("street", "street address", "mailing street", "strasse"),
    "city": ("town", "mailing city", "ort"),
    "state": ("province", "region", "state province", "mailing state"),
    "country": ("country region", "mailing country", "land"),
    "website": ("url", "web", "web site", "homepage"),
    "dateOfBirth": ("birthday", "birth date", "birthdate", "dob", "geburtsdatum"),
    "unsubscribed": ("opt out", "email opt out", "opted out"),
}
_FIELDS = {plain(each): field for field, names in _SPELLINGS.items() for each in (field, *names)}


def field_meant(column: str, names: FieldNames) -> str | None:
    """Return the API name of the field that a column means, by its names, a spelling or a near name."""
    usual = _FIELDS.get(plain(column))
    exact = names.named(column)
    if exact is None and usual is not None:
        exact = names.named(usual)
    return exact or names.near(column)
