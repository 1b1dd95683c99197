use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Cast, VIEWERS, Wanted, wanted_by};

/// A type behind `Node`, the id of one, and the type that each viewer sees there, `null` for nothing.
type Row = (&'static str, fn(&Cast, &Value) -> String, Wanted);

fn rows() -> Vec<Row> {
    fn text(value: &Value) -> String {
        value.as_str().unwrap().to_owned()
    }
    vec![
        ("Viewer", |cast, _| cast.owner().id.clone(), ["null", "Viewer", "null", "null", "User"]),
        ("User", |cast, _| cast.victim.id.clone(), ["null", "null", "null", "null", "User"]),
        ("Track", |_, ids| text(&ids["id"]), ["Track"; 5]),
        ("Module", |_, ids| text(&ids["modules"][0]["id"]), ["Module"; 5]),
        ("Lesson", |_, ids| text(&ids["modules"][0]["lessons"][0]["id"]), ["Lesson"; 5]),
        ("Quiz", |_, ids| text(&ids["modules"][0]["lessons"][0]["quiz"]["id"]), ["Quiz"; 5]),
        ("Challenge", |_, ids| text(&ids["modules"][0]["challenges"][0]["id"]), ["Challenge"; 5]),
        ("Submission", |cast, _| cast.attempt.clone(), ["null", "Submission", "null", "null", "Submission"]),
        ("Certificate", |cast, _| cast.certificate.clone(), ["null", "Certificate", "null", "null", "Certificate"]),
        ("Group", |cast, _| cast.group[0].clone(), ["null", "Group", "null", "null", "Group"]),
        ("GroupMember", |cast, _| cast.group[1].clone(), ["null", "GroupMember", "null", "null", "GroupMember"]),
        ("Rejudge", |cast, _| cast.rejudge.clone(), ["null", "null", "null", "null", "Rejudge"]),
    ]
}

#[tokio::test]
async fn every_type_with_an_id_shows_itself_to_whom_it_should() {
    let cast = Cast::assemble().await;
    let possible = cast.owner().query("{ __type(name: \"Node\") { possibleTypes { name } } }", json!({})).await;
    let possible: BTreeSet<String> =
        possible["__type"]["possibleTypes"].as_array().unwrap().iter().map(|kind| kind["name"].as_str().unwrap().to_owned()).collect();
    let listed: BTreeSet<String> = rows().iter().map(|row| row.0.to_owned()).collect();
    pretty_assertions::assert_eq!(listed, possible, "the table has to name every type that implements Node");

    let ids = "{ track(slug: \"python\") { id modules { id lessons { id quiz { id } } challenges { id } } } }";
    let ids = cast.owner().query(ids, json!({})).await["track"].clone();
    let mut wrong = Vec::new();
    for (name, id, wanted) in rows() {
        let id = id(&cast, &ids);
        for (viewer, who) in VIEWERS.iter().enumerate() {
            let wanted = wanted_by(name, &wanted, viewer);
            let data = cast.clients[viewer].query("query($id: ID!) { node(id: $id) { __typename id } }", json!({"id": id})).await;
            let got = data["node"]["__typename"].as_str().unwrap_or("null").to_owned();
            if got != wanted || (got != "null" && data["node"]["id"] != id) {
                wrong.push(format!("{name} as {who}: {data} instead of {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn an_id_that_names_nothing_looks_like_one_that_is_hidden() {
    let cast = Cast::assemble().await;
    for prefix in [
        "user",
        "submission",
        "track",
        "module",
        "lesson",
        "quiz",
        "challenge",
        "session",
        "xp",
        "rejudge",
        "certificate",
        "group",
        "member",
        "nothing",
    ] {
        let id = format!("{prefix}_01h455vb4pex5vsknk084sn02q");
        for client in &cast.clients {
            let answer = client.query_raw("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
            assert_eq!((&answer.body["data"], answer.body.get("errors")), (&json!({"node": null}), None), "{id}");
            // Nor does the bill tell them apart.
            assert_eq!(answer.body["extensions"]["cost"]["actual"], 1, "{id}");
        }
    }
}
