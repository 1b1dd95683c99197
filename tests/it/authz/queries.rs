use serde_json::json;

use super::{ADMINS, CHALLENGE, Cast, EVERYBODY, LESSON, LOGGED_IN, Row, walk};

fn rows() -> Vec<Row> {
    vec![
        Row {
            field: "viewer",
            document: "{ viewer { id email xp level roles plan dashboard { xp rank } streak { current } settings { timeZone } xpEntries { nodes { id } } notifications { nodes { id } } squads { id } submissions(first: 1) { nodes { id } } drafts { updatedAt } achievements { slug } \
                       certificates { code } reportCards { nodes { month } } transcript { xp } groups { name } ledGroups { name } } }",
            variables: |_, _| json!({}),
            wanted: ["null", "ok", "ok", "ok", "ok"],
        },
        Row {
            field: "node",
            document: "query($id: ID!) { node(id: $id) { id } }",
            variables: |cast, _| json!({"id": cast.attempt}),
            wanted: ["null", "ok", "null", "null", "ok"],
        },
        // A list of one that is null is a list.
        Row {
            field: "nodes",
            document: "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            variables: |cast, _| json!({"ids": [cast.attempt]}),
            wanted: EVERYBODY,
        },
        Row { field: "users", document: "{ users(first: 1) { nodes { id email } } }", variables: |_, _| json!({}), wanted: ADMINS },
        Row { field: "tracks", document: "{ tracks(first: 5) { nodes { slug } } }", variables: |_, _| json!({}), wanted: EVERYBODY },
        Row { field: "track", document: "{ track(slug: \"python\") { slug } }", variables: |_, _| json!({}), wanted: EVERYBODY },
        Row {
            field: "lesson",
            document: "query($slug: String!) { lesson(slug: $slug) { body } }",
            variables: |_, _| json!({"slug": LESSON}),
            wanted: EVERYBODY,
        },
        Row {
            field: "challenge",
            document: "query($slug: String!) { challenge(slug: $slug) { statement } }",
            variables: |_, _| json!({"slug": CHALLENGE}),
            wanted: EVERYBODY,
        },
        Row {
            field: "leaderboard",
            document: "{ leaderboard(scope: {everyone: true}, period: ALL_TIME) { nodes { displayName xp } ownEntry { rank } } }",
            variables: |_, _| json!({}),
            wanted: LOGGED_IN,
        },
        Row {
            field: "submission",
            document: "query($id: ID!) { submission(id: $id) { id output { stdout } files { content } checks { expected } } }",
            variables: |cast, _| json!({"id": cast.attempt}),
            wanted: ["UNAUTHENTICATED", "ok", "null", "null", "ok"],
        },
        Row {
            field: "verifyCertificate",
            document: "{ verifyCertificate(code: \"AAAAA-BBBBB-CCCCC-DDDDD\") { status certificate { recipient signedStatement } } }",
            variables: |_, _| json!({}),
            wanted: EVERYBODY,
        },
        Row {
            field: "group",
            document: "query($id: ID!) { group(id: $id) { name instructorName } }",
            variables: |cast, _| json!({"id": cast.group[0]}),
            wanted: ["UNAUTHENTICATED", "ok", "null", "null", "ok"],
        },
        Row {
            field: "rejudge",
            document: "query($id: ID!) { rejudge(id: $id) { id status results { nodes { submission { id } } } } }",
            variables: |cast, _| json!({"id": cast.rejudge}),
            wanted: ADMINS,
        },
        Row { field: "rejudges", document: "{ rejudges(first: 5) { nodes { id } } }", variables: |_, _| json!({}), wanted: ADMINS },
    ]
}

#[tokio::test]
async fn every_query_answers_whom_it_should() {
    let cast = Cast::assemble().await;
    walk(&cast, "Query", &rows()).await;
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    for (client, sees) in cast.clients.iter().zip([false, true, false, false, true, true]) {
        let data = client.query(document, json!({"ids": [cast.attempt, cast.queued]})).await;
        let wanted = if sees { json!([{"id": cast.attempt}, {"id": cast.queued}]) } else { json!([null, null]) };
        assert_eq!(data["nodes"], wanted);
    }
}

#[tokio::test]
async fn what_a_viewer_is_shown_is_their_own() {
    let cast = Cast::assemble().await;
    let document = "{ viewer { id email submissions(first: 100) { nodes { id } } } }";
    for client in &cast.clients[1..] {
        let viewer = client.query(document, json!({})).await["viewer"].clone();
        assert_eq!((viewer["id"].as_str(), viewer["email"].as_str()), (Some(client.id.as_str()), Some(client.email.as_str())));
        let count = viewer["submissions"]["nodes"].as_array().unwrap().len();
        assert_eq!(count, if client.id == cast.owner().id { 2 } else { 0 });
    }
}
