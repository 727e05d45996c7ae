"""Records of custom objects, companies and sales persons on the wire (contract §9.9, §9.10)."""

from functools import partial
from typing import cast

from starlette.responses import Response

from leadline.api.bodies import ObjectDelete, ObjectSync
from leadline.api.call import Call, Services
from leadline.api.descriptions import described_account
from leadline.api.endpoint import (
    READ_COMPANY,
    READ_OBJECT,
    READ_SALES_PERSON,
    WRITE_COMPANY,
    WRITE_OBJECT,
    WRITE_SALES_PERSON,
    Endpoint,
    Parameter,
)
from leadline.api.envelope import success
from leadline.api.object_shapes import described_item, listed_item
from leadline.api.object_type_answers import ObjectDescription
from leadline.api.record_answers import (
    AccountDescription,
    AccountRecord,
    ObjectRecord,
    RecordId,
    SyncedRecord,
)
from leadline.api.request_values import (
    FIELDS,
    FILTER,
    PAGING,
    action_of,
    choice_of,
    filter_values,
    input_of,
    integer_of,
    is_absent,
    page_reply,
    skipped,
    text_of,
    window_of,
)
from leadline.errors import (
    FIELD_NOT_FOUND,
    FIELD_NOT_SUPPORTED,
    INVALID_DATA,
    INVALID_VALUE,
    OBJECT_NOT_FOUND,
    SALES_PERSON_NOT_FOUND,
    ServiceError,
)
from leadline.lead_database.objects import Deleted, Query
from leadline.lead_database.paging import PAGE_RECORDS_MAX, Window
from leadline.lead_database.sync import Synced
from leadline.model.dataclass import dataclass
from leadline.model.records import Action
from leadline.schema.outer_space import trimmed

_ACTIONS = (Action.CREATE_OR_UPDATE, Action.CREATE_ONLY, Action.UPDATE_ONLY)
_KEYS = ("dedupeFields", "idField")


@dataclass(frozen=True, slots=True)
class Family:
    """Where the records of one or many object types are, and who may see them.

    `name` is the object type's, None where the path tells it; `id_name` what clients know
    its records by. `description` and `searchable` are what describe says where it does not
    follow from the type.
    """

    subject: str
    base: str
    noun: str
    id_name: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    name: str | None = None
    description: str | None = None
    searchable: tuple[str, ...] = ()

    def id_of(self, record_id: int | str | None) -> RecordId:
        """Return the id of a record under the name that clients know it by, if there is one."""
        return {} if record_id is None else cast(RecordId, {self.id_name: record_id})

    def type_of(self, call: Call) -> str:
        """Return the name of the object type that a call is about; raises `ServiceError` 1013.

        Companies and sales persons have calls and permissions of their own.
        """
        name = self.name or call.path["apiName"]
        if self.name is None and name.lower() in {each.name for each in FAMILIES}:
            raise ServiceError(OBJECT_NOT_FOUND)
        return name


def list_types(call: Call, services: Services) -> Response:
    """Return the approved custom objects."""
    found = services.objects.custom_types(call.caller, call.params.many("names"))
    return success(call.request_id, [listed_item(*each) for each in found])


def describe(call: Call, services: Services, *, family: Family) -> Response:
    """Describe an object type and its fields."""
    if family.name is None:
        found = services.objects.custom_type(call.caller, family.type_of(call))
        return success(call.request_id, [described_item(*found)])
    object_type = services.objects.object_type(call.caller, family.name)
    item = described_account(object_type, family.description, family.searchable)
    return success(call.request_id, [item])


def query(call: Call, services: Services, *, family: Family) -> Response:
    """Return the records that a filter finds, from parameters or from a JSON body."""
    if call.has_document:
        wanted = _query_of_body(call)
    else:
        filter_type, values = call.params.required("filterType"), filter_values(call)
        wanted = Query(filter_type, values, None, call.params.many("fields"), window_of(call))
    return page_reply(call, services.objects.query(call.caller, family.type_of(call), wanted))


def _query_of_body(call: Call) -> Query:
    """Return a query that names whole keys; each member may stand in the query string as well."""
    body = call.json()
    for name in ("filterType", "nextPageToken", "batchSize"):
        if is_absent(body.get(name)) and call.params.one(name) is not None:
            body[name] = call.params.one(name)
    fields = call.params.many("fields") if is_absent(body.get("fields")) else body["fields"]
    names = fields.split(",") if isinstance(fields, str) else fields
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ServiceError(INVALID_VALUE, value="fields", type="Array")
    size = integer_of(body, "batchSize", PAGE_RECORDS_MAX)
    window = Window(size, text_of(body, "nextPageToken"))
    names = [trimmed(name) for name in names if trimmed(name)]
    filter_type = text_of(body, "filterType") or _KEYS[0]
    return Query(filter_type, (), input_of(call, body), names, window)


def sync(call: Call, services: Services, *, family: Family) -> Response:
    """Create or update records."""
    body = call.json()
    action, by = action_of(body, _ACTIONS), choice_of(body, "dedupeBy", _KEYS)
    results = services.objects.sync(call.caller, family.type_of(call), action, by, input_of(call, body))
    return success(call.request_id, [_synced(n, each, family) for n, each in enumerate(results)])


def _synced(seq: int, result: Synced, family: Family) -> SyncedRecord:
    if result.reason is not None:
        return {"seq": seq, **family.id_of(None), **skipped(result.reason)}
    return {"seq": seq, "status": result.status, **family.id_of(result.id)}


def delete(call: Call, services: Services, *, family: Family) -> Response:
    """Delete records."""
    body = call.json()
    by = choice_of(body, "deleteBy", _KEYS)
    results = services.objects.delete(call.caller, family.type_of(call), by, input_of(call, body))
    return success(call.request_id, [_deleted(n, each, family) for n, each in enumerate(results)])


def _deleted(seq: int, result: Deleted, family: Family) -> SyncedRecord:
    if result.reason is not None:
        return {"seq": seq, **family.id_of(result.id), **skipped(result.reason)}
    return {"seq": seq, **family.id_of(result.id), "status": "deleted"}


_CUSTOM = Family(
    "objects", "/rest/v1/customobjects/{apiName}", "custom object", "marketoGUID", READ_OBJECT, WRITE_OBJECT
)
FAMILIES = (
    _CUSTOM,
    Family(
        "companies",
        "/rest/v1/companies",
        "company",
        "id",
        READ_COMPANY,
        WRITE_COMPANY,
        "company",
        "Company object",
        ("externalCompanyId", "id", "company"),
    ),
    Family(
        "salespersons",
        "/rest/v1/salespersons",
        "sales person",
        "id",
        READ_SALES_PERSON,
        WRITE_SALES_PERSON,
        "sales_person",
        searchable=("email", "id", "externalSalesPersonId"),
    ),
)


def _endpoints(family: Family) -> list[Endpoint]:
    """Return the calls of one family."""
    named = (Parameter("apiName", "path", "The custom object", required=True),) if family.name is None else ()
    result = ObjectRecord if family.name is None else AccountRecord
    return [
        Endpoint(
            f"{family.subject}.describe",
            "GET",
            f"{family.base}/describe.json",
            f"Fields of a {family.noun}",
            family.read,
            ObjectDescription if family.name is None else AccountDescription,
            partial(describe, family=family),
            parameters=named,
            refusals=(OBJECT_NOT_FOUND,),
        ),
        Endpoint(
            f"{family.subject}.query",
            "GET",
            f"{family.base}.json",
            f"Records of a {family.noun} by filter",
            family.read,
            result,
            partial(query, family=family),
            parameters=(*named, *FILTER, FIELDS, *PAGING),
            refusals=(OBJECT_NOT_FOUND, FIELD_NOT_FOUND, FIELD_NOT_SUPPORTED, INVALID_DATA),
        ),
        Endpoint(
            f"{family.subject}.sync",
            "POST",
            f"{family.base}.json",
            f"Create or update up to 300 records of a {family.noun}",
            family.write,
            SyncedRecord,
            partial(sync, family=family),
            parameters=named,
            body=ObjectSync,
            patience=4 if family.name is None else 2,
            refusals=(OBJECT_NOT_FOUND, SALES_PERSON_NOT_FOUND),
        ),
        Endpoint(
            f"{family.subject}.delete",
            "POST",
            f"{family.base}/delete.json",
            f"Delete up to 300 records of a {family.noun}",
            family.write,
            SyncedRecord,
            partial(delete, family=family),
            parameters=named,
            body=ObjectDelete,
            patience=2,
            refusals=(OBJECT_NOT_FOUND,),
        ),
    ]


ENDPOINTS = (
    Endpoint(
        "objects.list",
        "GET",
        "/rest/v1/customobjects.json",
        "Custom objects",
        READ_OBJECT,
        ObjectDescription,
        list_types,
        parameters=(Parameter("names", "query", "API names, comma-separated or repeated"),),
    ),
    *(endpoint for family in FAMILIES for endpoint in _endpoints(family)),
)
