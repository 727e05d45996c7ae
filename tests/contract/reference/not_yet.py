"""Operations that nobody has described yet: this list only shrinks, and goes when it is empty."""

NOT_YET = {
    "GET /rest/v1/programs/members/schema/fields.json",
    "POST /rest/v1/programs/members/schema/fields.json",
    "GET /rest/v1/programs/members/schema/fields/{fieldApiName}.json",
    "POST /rest/v1/programs/members/schema/fields/{fieldApiName}.json",
}
