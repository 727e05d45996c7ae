"""What leads point to, and the lists that hold them."""

from leadline.schema.accounts import company_type, sales_person_type
from leadline.schema.leads import lead_type
from leadline.store import lists, records
from leadline.store.base import Database
from tests.contract.store.places import NOW
from tests.contract.store.writes import writer_of


def test_companies_and_sales_persons(database: Database) -> None:
    """Link targets are found by the folded id and spelled as stored; the same again writes nothing."""
    acme = {"f_externalcompanyid": "ACME", "k_externalcompanyid": "acme", "f_company": "Acme Inc"}
    seller = {"f_externalsalespersonid": "É1", "k_externalsalespersonid": "é1", "f_email": "rep@x.y"}
    with database.write() as session:
        with writer_of(session) as writer:
            assert writer.put(company_type(), "acme", acme)
            assert not writer.put(company_type(), "acme", acme)
            assert writer.put(sales_person_type(), "é1", seller)
        with writer_of(session) as writer:
            assert writer.put(company_type(), "acme", acme | {"f_company": None})
    company, sales_person = (
        field.link
        for field in lead_type().fields
        if field.name in ("externalCompanyId", "externalSalesPersonId")
    )
    assert company is not None
    assert sales_person is not None
    with database.read() as session:
        assert records.link_targets(session, company, ["acme", "nobody"]) == {"acme": "ACME"}
        assert records.link_targets(session, sales_person, ["é1", "acme"]) == {"é1": "É1"}
        assert records.link_targets(session, company, []) == {}


def test_thousands_of_lists(database: Database) -> None:
    """A description that only a late list has is read all the same."""
    with database.write() as session:
        for number in range(2001, 3301):
            text = "late" if number == 3300 else None
            assert lists.put_list(session, number, f"L{number}", text, NOW)
        assert not lists.put_list(session, 3300, "L3300", "late", NOW)
    with database.read() as session:
        found = lists.lists(session)
    assert (len(found), found[-1].description) == (1302, "late")
