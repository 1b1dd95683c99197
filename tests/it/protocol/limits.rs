//! What an operation may cost, and what the tools of clients must be able to ask all the same. `hostile.rs` has the documents made to
//! hurt.

use serde_json::{Value, json};

use crate::support::{TestApp, edge::Edge};

#[tokio::test]
async fn what_would_cost_too_much_is_refused_before_it_runs() {
    let app = TestApp::start().await;
    let around = "modules { track { ".repeat(13) + "slug" + &" } }".repeat(13);
    for document in [
        format!("{{ tracks {{ nodes {{ {around} }} }} }}"),
        "{ viewer { submissions(first: 100) { nodes { output { stdout } } } } }".to_owned(),
    ] {
        let answer = app.learner("Ada").await.query_raw(&document, json!({})).await;
        assert_eq!(answer.code(), "COST_EXCEEDED", "{document}");
        assert!(answer.body.get("data").is_none());
    }
    let document = "{ viewer { submissions(first: 20) { nodes { output { stdout } } } } }";
    app.learner("Bob").await.query(document, json!({})).await;
}

#[tokio::test]
async fn the_query_that_tools_learn_the_schema_by_is_within_the_limits() {
    let edge = Edge::start().await;
    let query = r"query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
        fragment FullType on __Type { kind name description specifiedByURL isOneOf
          fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
          inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
          enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
          ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
    let answer: Value = edge.post(&json!({"query": query})).send().await.unwrap().json().await.unwrap();
    assert!(answer["errors"].is_null(), "{}", answer["errors"]);
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}
