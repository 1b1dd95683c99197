//! Growing lists are read from both ends.

use serde_json::{Value, json};

use crate::{
    authz::{pass_quiz, run, submit},
    support::{TestApp, client::Client, learning::CHALLENGE},
};

/// Where each list is: `ARGUMENTS` and `PAGE` are filled in.
const LISTS: &[&str] = &[
    "tracks(ARGUMENTS) { PAGE }",
    "users(ARGUMENTS) { PAGE }",
    "rejudges(ARGUMENTS) { PAGE }",
    "viewer { submissions(ARGUMENTS) { PAGE } }",
    "viewer { xpEntries(ARGUMENTS) { PAGE } }",
    "viewer { notifications(ARGUMENTS) { PAGE } }",
];
const PAGE: &str = "edges { cursor } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }";
const DECLARED: &str = "$first: Int, $after: String, $last: Int, $before: String";
const ARGUMENTS: &str = "first: $first, after: $after, last: $last, before: $before";

/// The page, wherever it stands in an answer.
fn page(mut data: &Value) -> Value {
    while data.get("edges").is_none() {
        data = data.as_object().and_then(|fields| fields.values().next()).unwrap_or_else(|| panic!("no page: {data}"));
    }
    data.clone()
}

struct List<'a> {
    client: &'a Client,
    document: String,
}

impl<'a> List<'a> {
    fn new(client: &'a Client, of: &str) -> Self {
        let fields = of.replace("ARGUMENTS", ARGUMENTS).replace("PAGE", PAGE);
        Self { client, document: format!("query({DECLARED}) {{ {fields} }}") }
    }

    async fn page(&self, arguments: Value) -> Value {
        page(&self.client.query(&self.document, arguments).await)
    }

    /// The cursors of the whole list, from the beginning or from the end.
    async fn read(&self, size: usize, backward: bool) -> Vec<String> {
        let (count, place, more, next) =
            if backward { ("last", "before", "hasPreviousPage", "startCursor") } else { ("first", "after", "hasNextPage", "endCursor") };
        let mut cursors = Vec::new();
        let mut past = Value::Null;
        loop {
            let page = self.page(json!({count: size, place: past})).await;
            let edges = page["edges"].as_array().unwrap();
            let mut read: Vec<String> = edges.iter().map(|edge| edge["cursor"].as_str().unwrap().to_owned()).collect();
            assert!(read.len() <= size, "{page}");
            if backward {
                read.append(&mut cursors);
                cursors = read;
            } else {
                cursors.append(&mut read);
            }
            past = page["pageInfo"][next].clone();
            if page["pageInfo"][more] != true {
                return cursors;
            }
        }
    }
}

#[tokio::test]
async fn a_list_is_the_same_from_both_ends() {
    let app = TestApp::start().await;
    let root = app.admin().await;
    // Something in every list.
    pass_quiz(&app, &root).await;
    submit(&root).await;
    run(&root).await;
    root.pass_the_quiz().await;
    app.learner("Ada").await;
    let rejudge = "mutation($slug: String!) { startRejudge(input: {challengeSlug: $slug}) { __typename } }";
    for slug in [CHALLENGE, "python-even-numbers"] {
        root.query(rejudge, json!({"slug": slug})).await;
    }
    let correct = "mutation($input: CorrectXpInput!) { correctXp(input: $input) { ... on CorrectXpSuccess { entry { id } } } }";
    for amount in [3, 4, 5] {
        let input = json!({"userId": root.id, "amount": amount, "reason": "Helped.", "clientRequestId": format!("{amount}")});
        root.query(correct, json!({"input": input})).await;
    }
    for of in LISTS {
        let list = List::new(&root, of);
        let all = list.read(100, false).await;
        assert!(!all.is_empty(), "{of}");
        for size in [1, 2, 100] {
            assert_eq!(list.read(size, false).await, all, "{of}, {size} at a time");
            assert_eq!(list.read(size, true).await, all, "{of}, {size} at a time from the end");
        }
        // What lies before the first is nothing, and what lies before the last is all the rest.
        let nothing = list.page(json!({"last": 5, "before": all[0]})).await;
        assert_eq!((&nothing["edges"], &nothing["pageInfo"]["hasNextPage"]), (&json!([]), &json!(true)), "{of}");
        let answer = root.query_raw(&list.document, json!({"first": 1, "last": 1})).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{of}");
    }
    app.stop().await;
}

/// All but leaderboards, which are no connections: their places move.
#[tokio::test]
async fn every_connection_takes_the_arguments_of_both_ends() {
    let app = TestApp::start().await;
    let document = "{ __schema { types { name fields { name args { name } type { name ofType { name } } } } } }";
    let schema = app.anonymous().query(document, json!({})).await;
    let mut found = 0;
    for kind in schema["__schema"]["types"].as_array().unwrap() {
        for field in kind["fields"].as_array().into_iter().flatten() {
            let of = [&field["type"]["name"], &field["type"]["ofType"]["name"]].into_iter().find_map(Value::as_str).unwrap_or_default();
            if of.ends_with("Connection") {
                found += 1;
                let names: Vec<&str> = field["args"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
                let whole = ["first", "after", "last", "before"].iter().all(|name| names.contains(name));
                assert!(whole, "{}.{} takes {names:?}", kind["name"], field["name"]);
            }
        }
    }
    assert!(found >= LISTS.len(), "{found}");
    app.stop().await;
}
