//! The one door of every transport (HTTP POST and GET, event stream, websocket): scan, parse, guard. Nothing else in
//! the program gives text of a client to the parser.

use async_graphql::{
    Name, Positioned, Request, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
    },
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{absent, guard, refusal::Refusal, scan};
use crate::error::Code;

/// Depth of objects and lists in the parameters of a request.
const JSON_NESTING_MAX: usize = 64;

/// A request's parameters, as all transports carry them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    query: Option<String>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    #[expect(dead_code, reason = "its type is checked, nothing reads it yet")]
    extensions: Option<Map<String, Value>>,
}

impl Params {
    /// From the JSON object that is a POST body or a `subscribe` payload.
    pub fn from_json(json: Value) -> Result<Self, Refusal> {
        match &json {
            Value::Object(_) => {}
            Value::Array(_) => return Err(Refusal::bad_input("Batches are not supported; send one operation a request.")),
            _ => return Err(Refusal::bad_input("The request is not a JSON object.")),
        }
        if is_nested_deeper(&json, JSON_NESTING_MAX) {
            return Err(Refusal::bad_input(format!("The request nests deeper than {JSON_NESTING_MAX}.")));
        }
        serde_json::from_value(json).map_err(|error| Refusal::bad_input(format!("The request's parameters are malformed: {error}.")))
    }

    /// From the body of a POST; the JSON reader itself bounds the recursion.
    pub fn from_slice(body: &[u8]) -> Result<Self, Refusal> {
        let json = serde_json::from_slice(body).map_err(|error| Refusal::bad_input(format!("The body is not JSON: {error}.")))?;
        Self::from_json(json)
    }

    /// From the pairs of a query string, decoded; `variables` and `extensions` are JSON.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut json = Map::new();
        for (name, value) in pairs {
            let value = match name.as_str() {
                "query" | "operationName" => Value::String(value),
                "variables" | "extensions" if value.is_empty() => Value::Null,
                "variables" | "extensions" => {
                    serde_json::from_str(&value).map_err(|error| Refusal::bad_input(format!("{name} is not JSON: {error}.")))?
                }
                _ => continue,
            };
            json.insert(name, value);
        }
        Self::from_json(Value::Object(json))
    }

    /// Gives a variable a value unless the client did: how `Last-Event-ID` becomes `after`.
    pub fn default_variable(&mut self, name: &str, value: &str) {
        let variables = self.variables.get_or_insert_default();
        if variables.get(name).is_none_or(Value::is_null) {
            variables.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    }

    /// Whether there is a document at all; without one the request is malformed whatever the media type.
    #[must_use]
    pub fn has_document(&self) -> bool {
        self.query.as_ref().is_some_and(|query| !query.trim().is_empty())
    }
}

/// Walks with its own stack.
fn is_nested_deeper(json: &Value, than: usize) -> bool {
    let mut open = vec![(json, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > than {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    false
}

/// A request that may be validated and executed.
#[derive(Debug)]
pub struct Admitted {
    pub request: Request,
    pub kind: OperationType,
    /// For the logs: at most 64 characters of it.
    pub operation_name: Option<String>,
}

impl Admitted {
    /// `query`, `mutation`, `subscription`.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        }
    }
}

/// Scan, parse, guard, choose the operation, check that its variables are there.
pub fn admit(params: Params) -> Result<Admitted, Refusal> {
    let Some(source) = params.query.filter(|query| !query.trim().is_empty()) else {
        return Err(Refusal::bad_input("The parameter query is missing: it is the document to execute."));
    };
    let mut variables = Variables::from_json(Value::Object(params.variables.unwrap_or_default()));
    // Some clients send an empty name for none.
    let wanted = params.operation_name.filter(|name| !name.is_empty());

    scan::scan(&source)?;
    let mut document = parse_query(&source).map_err(|error| Refusal {
        locations: error.positions().collect(),
        ..Refusal::new(Code::GraphqlParseFailed, format!("The document could not be parsed: {error}"))
    })?;
    guard::guard(&document)?;

    let (name, operation) = choose(&document, wanted.as_deref())?;
    let kind = operation.node.ty;
    let operation_name = name.map(|name| name.chars().take(64).collect());
    required_variables(&operation.node, &variables)?;
    for name in absent::optional_arguments(&document, &operation.node) {
        variables.entry(name.clone()).or_insert(async_graphql::Value::Null);
    }
    if kind == OperationType::Subscription {
        lift_subscription_root(&mut document, wanted.as_deref())?;
    }

    let mut request = Request::new(source).variables(variables);
    request.operation_name = wanted;
    request.set_parsed_query(document);
    Ok(Admitted { request, kind, operation_name })
}

type Chosen<'a> = (Option<&'a Name>, &'a Positioned<OperationDefinition>);

fn choose<'a>(document: &'a ExecutableDocument, wanted: Option<&str>) -> Result<Chosen<'a>, Refusal> {
    let mut found = document.operations.iter().filter(|(name, _)| wanted.is_none() || name.map(Name::as_str) == wanted);
    match (found.next(), found.next()) {
        (Some(operation), None) => Ok(operation),
        (None, _) => Err(Refusal::bad_input(format!("The document has no operation named {:?}.", wanted.unwrap_or_default()))),
        (Some(_), Some(_)) => Err(Refusal::bad_input("The document has several operations; say which one by operationName.")),
    }
}

/// The library looks at variables only where they are used; the specification wants all of them checked first.
fn required_variables(operation: &OperationDefinition, variables: &Variables) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let (name, wanted) = (&definition.node.name.node, &definition.node.var_type.node);
        if wanted.nullable {
            continue;
        }
        let problem = match variables.get(name) {
            Some(async_graphql::Value::Null) => "must not be null",
            None if definition.node.default_value.is_none() => "was not given",
            _ => continue,
        };
        return Err(Refusal::bad_input(format!("The variable ${name} of the type {wanted} {problem}.")).at(definition.pos));
    }
    Ok(())
}

/// A subscription has one root field. The library opens only fields that stand directly at the root, so a root field
/// that is reached through fragments is moved there.
fn lift_subscription_root(document: &mut ExecutableDocument, wanted: Option<&str>) -> Result<(), Refusal> {
    let ExecutableDocument { operations, fragments } = document;
    let operation = match operations {
        DocumentOperations::Single(operation) => operation,
        DocumentOperations::Multiple(all) => {
            let found = match wanted {
                Some(name) => all.get_mut(name),
                None => all.values_mut().next(),
            };
            found.ok_or_else(|| Refusal::bad_input("The document has no such operation."))?
        }
    };
    let position = operation.pos;
    let one_field = || Refusal::new(Code::GraphqlValidationFailed, "A subscription selects exactly one root field.").at(position);
    let root = &mut operation.node.selection_set.node;
    let mut lifted = Vec::new();
    // The guard has refused cycles, so this ends.
    loop {
        let [only] = root.items.as_slice() else { return Err(one_field()) };
        let inner: SelectionSet = match &only.node {
            Selection::Field(field) if field.node.name.node.starts_with("__") => return Err(one_field()),
            Selection::Field(_) => break,
            _ if !only.node.directives().is_empty() => {
                return Err(Refusal::new(Code::GraphqlValidationFailed, "A subscription's root takes no directives.").at(position));
            }
            Selection::InlineFragment(inline)
                if on_subscription(inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str())) =>
            {
                inline.node.selection_set.node.clone()
            }
            Selection::FragmentSpread(spread) => match fragments.get(&spread.node.fragment_name.node) {
                Some(fragment) if on_subscription(Some(fragment.node.type_condition.node.on.node.as_str())) => {
                    lifted.push(spread.node.fragment_name.node.clone());
                    fragment.node.selection_set.node.clone()
                }
                _ => return Ok(()),
            },
            // The validator names the wrong type.
            Selection::InlineFragment(_) => return Ok(()),
        };
        *root = inner;
    }
    // Nothing else may spread them at the root of the only subscription; a leftover would count as unused.
    if operations.iter().count() == 1 {
        fragments.retain(|name, _| !lifted.contains(name));
    }
    Ok(())
}

fn on_subscription(condition: Option<&str>) -> bool {
    condition.is_none_or(|name| name == "Subscription")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(json: Value) -> Option<(Code, String)> {
        match Params::from_json(json).and_then(admit) {
            Ok(_) => None,
            Err(refusal) => Some((refusal.code, refusal.message)),
        }
    }

    #[test]
    fn malformed_parameters_are_bad_input() {
        for bad in [
            json!([]),
            json!([{"query": "{ a }"}]),
            json!("{ a }"),
            json!(null),
            json!({}),
            json!({"query": ""}),
            json!({"query": 7}),
            json!({"query": "{ a }", "variables": []}),
            json!({"query": "{ a }", "variables": "{}"}),
            json!({"query": "{ a }", "operationName": 1}),
            json!({"query": "{ a }", "extensions": false}),
            json!({"query": "{ a }", "operationName": "B"}),
            json!({"query": "query A { a } query B { a }"}),
            json!({"query": "query A($x: Int!) { a }"}),
            json!({"query": "query A($x: Int! = 1) { a }", "variables": {"x": null}}),
        ] {
            assert_eq!(refusal(bad.clone()).map(|(code, _)| code), Some(Code::BadUserInput), "{bad}");
        }
    }

    #[test]
    fn what_is_null_or_has_a_default_is_admitted() {
        for good in [
            json!({"query": "{ a }", "variables": null, "operationName": null, "extensions": null, "other": 1}),
            json!({"query": "query A($x: Int! = 1, $y: Int) { a }"}),
            json!({"query": "query A { a } query B { a }", "operationName": "B"}),
            json!({"query": "{ a }", "operationName": ""}),
        ] {
            assert_eq!(refusal(good.clone()), None, "{good}");
        }
    }

    #[test]
    fn deep_json_is_refused() {
        let mut deep = json!(1);
        for _ in 0..80 {
            deep = json!([deep]);
        }
        assert_eq!(refusal(json!({"query": "{ a }", "variables": {"x": deep}})).map(|(code, _)| code), Some(Code::BadUserInput));
        let text = format!("{{\"query\": \"{{ a }}\", \"variables\": {{\"x\": {}1{} }} }}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Params::from_slice(text.as_bytes()).is_err());
    }

    #[test]
    fn a_subscription_has_one_root_field_wherever_it_stands() {
        let code = |query: &str| refusal(json!({"query": query})).map(|(code, _)| code);
        assert_eq!(code("subscription { a }"), None);
        assert_eq!(code("subscription { a b }"), Some(Code::GraphqlValidationFailed));
        assert_eq!(code("subscription { __typename }"), Some(Code::GraphqlValidationFailed));
        assert_eq!(code("subscription { ...F } fragment F on Subscription { a b }"), Some(Code::GraphqlValidationFailed));
        let lifted = Params::from_json(json!({"query": "subscription { ...F } fragment F on Subscription { ... { a } }"})).and_then(admit);
        let mut request = lifted.unwrap().request;
        let document = request.parsed_query().unwrap();
        assert!(document.fragments.is_empty());
        let (_, operation) = document.operations.iter().next().unwrap();
        assert!(matches!(operation.node.selection_set.node.items[0].node, Selection::Field(_)));
    }

    #[test]
    fn a_default_variable_never_replaces_a_given_one() {
        let mut params = Params::from_json(json!({"query": "{ a }", "variables": {"after": "mine", "empty": null}})).unwrap();
        params.default_variable("after", "theirs");
        params.default_variable("empty", "theirs");
        assert_eq!(params.variables, json!({"after": "mine", "empty": "theirs"}).as_object().cloned());
    }
}
