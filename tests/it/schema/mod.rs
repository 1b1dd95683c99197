//! What the schema promises, read from the schema itself. It runs no resolver but the one that shows null propagation.

mod complexity;
mod documents;
mod names;
mod nulls;

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{Schema, extensions::ExtensionFactory};
use serde_json::Value;
use weak_to_strong::graphql::{self, Mutation, Query, Subscription};

const INTROSPECTION: &str = "{ __schema { types { kind name description interfaces { name } possibleTypes { name } \
    fields(includeDeprecated: true) { name description type { ...T } args(includeDeprecated: true) { name description type { ...T } } isDeprecated deprecationReason } \
    inputFields(includeDeprecated: true) { name description type { ...T } } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } } } \
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// The schema with an eye in it.
fn watched(extension: impl ExtensionFactory) -> graphql::Schema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<graphql::user_error::UserError>()
        .register_output_type::<graphql::events::Event>()
        .extension(extension)
        .finish()
}

/// One field, argument or input field.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    described: bool,
    /// As SDL writes it, such as `[Check!]!`.
    kind: String,
    arguments: Vec<Member>,
}

/// A type as introspection shows it.
#[derive(Clone, Debug)]
struct Type {
    name: String,
    kind: String,
    described: bool,
    fields: Vec<Member>,
    input_fields: Vec<Member>,
    /// Name and whether it is described.
    values: Vec<(String, bool)>,
    interfaces: BTreeSet<String>,
    members: Vec<String>,
    /// Members that are deprecated, with the reason.
    deprecated: Vec<(String, String)>,
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn is_described(value: &Value) -> bool {
    value["description"].as_str().is_some_and(|description| description.trim().len() > 3)
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&kind["ofType"])),
        Some("LIST") => format!("[{}]", written(&kind["ofType"])),
        _ => text(kind, "name"),
    }
}

fn member(value: &Value) -> Member {
    Member {
        name: text(value, "name"),
        described: is_described(value),
        kind: written(&value["type"]),
        arguments: list(value, "args").iter().map(member).collect(),
    }
}

fn names(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().map(|item| text(item, "name")).collect()
}

/// Every type of ours by its name.
async fn types() -> BTreeMap<String, Type> {
    let response = graphql::schema(None).execute(INTROSPECTION).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let data = response.data.into_json().unwrap();
    let all = list(&data["__schema"], "types").iter().filter(|kind| !text(kind, "name").starts_with("__")).map(|kind| Type {
        name: text(kind, "name"),
        kind: text(kind, "kind"),
        described: is_described(kind),
        fields: list(kind, "fields").iter().map(member).collect(),
        input_fields: list(kind, "inputFields").iter().map(member).collect(),
        values: list(kind, "enumValues").iter().map(|value| (text(value, "name"), is_described(value))).collect(),
        interfaces: names(kind, "interfaces").into_iter().collect(),
        members: names(kind, "possibleTypes"),
        deprecated: list(kind, "fields")
            .iter()
            .chain(list(kind, "enumValues"))
            .filter(|item| item["isDeprecated"] == true)
            .map(|item| (text(item, "name"), text(item, "deprecationReason")))
            .collect(),
    });
    let all: BTreeMap<String, Type> = all.map(|kind| (kind.name.clone(), kind)).collect();
    assert!(all.len() > 30, "the schema was not read");
    all
}

#[test]
fn the_file_is_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/schema.graphql");
    let exported = graphql::sdl(&graphql::schema(None));
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        exported == written,
        "schema/schema.graphql is old: cargo run -- schema > schema/schema.graphql\n{}",
        difference(&written, &exported)
    );
}

fn difference(old: &str, new: &str) -> String {
    let changes = similar::TextDiff::from_lines(old, new);
    changes.unified_diff().context_radius(2).to_string()
}

#[tokio::test]
async fn everything_is_described() {
    let mut silent = Vec::new();
    for kind in types().await.values() {
        let name = &kind.name;
        // The specification's own scalar, which the library leaves without words.
        if !kind.described && name != "ID" {
            silent.push(name.clone());
        }
        for field in &kind.fields {
            if !field.described {
                silent.push(format!("{name}.{}", field.name));
            }
            silent.extend(
                field.arguments.iter().filter(|given| !given.described).map(|given| format!("{name}.{}({}:)", field.name, given.name)),
            );
        }
        silent.extend(kind.input_fields.iter().filter(|field| !field.described).map(|field| format!("{name}.{}", field.name)));
        silent.extend(kind.values.iter().filter(|(_, described)| !described).map(|(value, _)| format!("{name}.{value}")));
    }
    assert!(silent.is_empty(), "without a description: {silent:#?}");
}

#[tokio::test]
async fn what_is_deprecated_says_what_to_use_and_until_when() {
    let year = regex::Regex::new(r"\b20\d\d-\d\d-\d\d\b").unwrap();
    let all = types().await;
    let vague: Vec<String> = all
        .values()
        .flat_map(|kind| kind.deprecated.iter().map(move |(name, reason)| (kind, name, reason)))
        .filter(|(_, _, reason)| !year.is_match(reason))
        .map(|(kind, name, reason)| format!("{}.{name}: {reason:?}", kind.name))
        .collect();
    assert!(vague.is_empty(), "a reason names the replacement and the day of removal: {vague:#?}");
}

#[tokio::test]
async fn members_of_a_union_agree_on_fields_of_one_name() {
    let all = types().await;
    let mut clashes = Vec::new();
    for union in all.values().filter(|kind| kind.kind == "UNION") {
        let mut seen: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        for member in &union.members {
            for field in &all[member].fields {
                let (first, kind) = *seen.entry(&field.name).or_insert((member, &field.kind));
                if kind != field.kind {
                    clashes.push(format!("{}: {first}.{} is {kind}, {member}.{} is {}", union.name, field.name, field.name, field.kind));
                }
            }
        }
    }
    assert!(clashes.is_empty(), "a document that selects both is invalid: {clashes:#?}");
}

/// The usual one says nothing but who ends their session, so its input may be left out.
const INPUT_MAY_BE_LEFT_OUT: [&str; 1] = ["logout"];

#[tokio::test]
async fn every_mutation_has_one_input_and_a_payload_of_success_and_refusals() {
    let all = types().await;
    let mut odd = Vec::new();
    for mutation in &all["Mutation"].fields {
        let name = &mutation.name;
        let (first, rest) = name.split_at(1);
        let title = format!("{}{rest}", first.to_uppercase());
        let given: Vec<String> = mutation.arguments.iter().map(|given| format!("{}: {}", given.name, given.kind)).collect();
        let needed = if INPUT_MAY_BE_LEFT_OUT.contains(&name.as_str()) { "" } else { "!" };
        let wanted = vec![format!("input: {title}Input{needed}")];
        if given != wanted {
            odd.push(format!("{name} takes {given:?} instead of {wanted:?}"));
        }
        let payload = format!("{title}Payload");
        if mutation.kind != format!("{payload}!") {
            odd.push(format!("{name} gives {}", mutation.kind));
            continue;
        }
        let success = format!("{title}Success");
        let members = &all[&payload].members;
        if members.first() != Some(&success) {
            odd.push(format!("{payload} does not begin with {success}: {members:?}"));
        }
        let strange = members.iter().filter(|member| **member != success && !all[*member].interfaces.contains("UserError"));
        odd.extend(strange.map(|member| format!("{payload} holds {member}, which is no UserError")));
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

#[tokio::test]
async fn every_subscription_gives_a_union_of_events() {
    let all = types().await;
    let mut odd = Vec::new();
    for subscription in &all["Subscription"].fields {
        let name = subscription.kind.trim_end_matches('!');
        let union = &all[name];
        if union.kind != "UNION" || !subscription.kind.ends_with('!') {
            odd.push(format!("{} gives {}", subscription.name, subscription.kind));
        }
        odd.extend(
            union.members.iter().filter(|member| !all[*member].interfaces.contains("Event")).map(|member| format!("{member} is no Event")),
        );
        if !union.members.iter().any(|member| member == "StreamReset") || !union.members.iter().any(|member| member.ends_with("Snapshot")) {
            odd.push(format!("{name} has no StreamReset or no snapshot"));
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
}
