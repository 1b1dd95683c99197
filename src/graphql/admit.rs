//! The one door of every transport (HTTP POST and GET, event stream, websocket): scan, parse, guard, the two rules of
//! validation that are ours. Nothing else in
//! the program gives text of a client to the parser.

use std::sync::Arc;

use async_graphql::{
    Name, Positioned, Request, Variables,
    parser::{
        parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
    },
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    absent, conditions,
    documents::{Brings, Document, DocumentId, Documents},
    guard, introspection, merge, overlap, positions,
    refusal::Refusal,
    scan,
};
use crate::error::Code;

/// Depth of objects and lists in the parameters of a request.
const JSON_NESTING_MAX: usize = 64;
/// Values in them. More than an operation may use, since what it does not use costs little.
const JSON_VALUES_MAX: usize = 10_000;

/// A request's parameters, as all transports carry them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    query: Option<String>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    /// Instead of the document, or beside it.
    #[serde(default)]
    document_id: Option<String>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

/// Those that are known; a client may send others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    #[serde(default)]
    persisted_query: Option<PersistedQuery>,
}

/// Apollo's protocol of automatic persisted queries, version 1.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PersistedQuery {
    version: u32,
    sha256_hash: String,
}

impl Params {
    /// From the JSON object that is a POST body or a `subscribe` payload.
    pub fn from_json(json: Value) -> Result<Self, Refusal> {
        match &json {
            Value::Object(_) => {}
            Value::Array(_) => return Err(Refusal::bad_input("Batches are not supported; send one operation a request.")),
            _ => return Err(Refusal::bad_input("The request is not a JSON object.")),
        }
        check_size(&json)?;
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
                "query" | "operationName" | "documentId" => Value::String(value),
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

    /// Whether there is a document at all, or what stands for one; without, the request is malformed whatever the media type.
    #[must_use]
    pub fn has_document(&self) -> bool {
        let persisted = self.extensions.as_ref().is_some_and(|extensions| extensions.persisted_query.is_some());
        self.source().is_some() || self.document_id.is_some() || persisted
    }

    fn source(&self) -> Option<&str> {
        self.query.as_deref().filter(|query| !query.trim().is_empty())
    }

    /// The id that the client says its document has.
    fn named(&self) -> Result<Option<DocumentId>, Refusal> {
        let persisted = self.extensions.as_ref().and_then(|extensions| extensions.persisted_query.as_ref());
        match (&self.document_id, persisted) {
            (Some(id), _) => DocumentId::parse(id).map(Some),
            (None, Some(persisted)) if persisted.version != 1 => {
                Err(Refusal::bad_input("Only version 1 of persisted queries is supported."))
            }
            (None, Some(persisted)) => DocumentId::parse(&persisted.sha256_hash).map(Some),
            (None, None) => Ok(None),
        }
    }
}

/// Walks with its own stack.
fn check_size(json: &Value) -> Result<(), Refusal> {
    let mut open = vec![(json, 0)];
    let mut seen = 0;
    while let Some((value, depth)) = open.pop() {
        seen += 1;
        if depth > JSON_NESTING_MAX {
            return Err(Refusal::bad_input(format!("The request nests deeper than {JSON_NESTING_MAX}.")));
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
            _ => {}
        }
        if seen + open.len() > JSON_VALUES_MAX {
            return Err(Refusal::bad_input(format!("The request holds more than {JSON_VALUES_MAX} values.")));
        }
    }
    Ok(())
}

/// A request that may be validated and executed.
#[derive(Debug)]
pub struct Admitted {
    pub kind: OperationType,
    /// For the logs: at most 64 characters of it.
    pub operation_name: Option<String>,
    /// As the client gave it.
    wanted: Option<String>,
    /// Of the document's text.
    id: DocumentId,
    pub(super) document: Arc<Document>,
    pub(super) variables: Variables,
    /// Variables that were not given and have no default. The optional ones are null until the operation has its price.
    absent: Vec<Name>,
    /// It was validated before.
    pub(super) is_known: bool,
    /// Whom to tell once it is validated.
    pub(super) unknown: Option<(DocumentId, Arc<Documents>)>,
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

    /// What questions about the schema itself cost beside what the schema says.
    pub(super) fn introspection_cost(&self) -> u64 {
        introspection::cost(self.document.guarded.introspected)
    }

    /// As it is validated and priced.
    #[must_use]
    pub fn asked(&self) -> Request {
        request(self.document.parsed.clone(), self.variables.clone(), self.wanted.clone())
    }

    /// As it runs, once it has its price.
    pub(super) fn priced(self) -> Runs {
        let Self { wanted, id, document, mut variables, absent, .. } = self;
        variables.retain(|name, _| !absent.contains(name));
        Runs { id, document, operation_name: wanted, variables, absent }
    }

    /// The fields that it selects of the root.
    pub fn root_fields(&self) -> impl Iterator<Item = &str> {
        self.document.root_fields.iter().map(Name::as_str)
    }
}

/// What an admitted operation runs as: each field once, and arguments whose variable was not given are not there, so that they have the
/// schema's defaults.
#[derive(Debug)]
pub(super) struct Runs {
    pub id: DocumentId,
    pub document: Arc<Document>,
    pub operation_name: Option<String>,
    pub variables: Variables,
    absent: Vec<Name>,
}

impl Runs {
    pub fn request(&self) -> Request {
        let mut document = self.document.runs.as_ref().unwrap_or(&self.document.parsed).clone();
        absent::leave_out(&mut document, &self.absent, &self.document.optional);
        request(document, self.variables.clone(), self.operation_name.clone())
    }
}

/// The library asks for the text again only where it was not given the document.
fn request(document: ExecutableDocument, variables: Variables, operation_name: Option<String>) -> Request {
    let mut request = Request::new(String::new()).variables(variables);
    request.operation_name = operation_name;
    request.set_parsed_query(document);
    request
}

/// Scan, parse, guard, see that fields merge, choose the operation, check its variables; of a document that was validated before the last alone.
pub fn admit(documents: &Arc<Documents>, mut params: Params, brings: Brings) -> Result<Admitted, Refusal> {
    let named = params.named()?;
    let source = params.source().is_some().then(|| params.query.take()).flatten();
    let id = match (&source, named) {
        (Some(source), named) => {
            let id = DocumentId::of(source);
            if named.is_some_and(|named| named != id) {
                return Err(Refusal::bad_input("The document has another SHA-256 than the request says."));
            }
            id
        }
        (None, Some(named)) => named,
        (None, None) => return Err(Refusal::bad_input("The parameter query is missing: it is the document to execute.")),
    };
    documents.check_trusted(id, brings)?;
    // Some clients send an empty name for none.
    let wanted = params.operation_name.filter(|name| !name.is_empty());
    let known = documents.validated(id);
    let is_known = known.is_some();
    let document = if let Some(document) = known {
        document
    } else {
        // In these words, since clients look for them.
        let missing = || Refusal::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound");
        let source = source.or_else(|| documents.trusted_source(id)).ok_or_else(missing)?;
        Arc::new(Document { trusted: documents.trusted_name(id), ..read(&source, wanted.as_deref(), documents)? })
    };
    let unknown = (!is_known && document.has_one_operation()).then(|| (id, documents.clone()));
    let operation = document.operation().filter(|_| wanted.is_none() || document.name.as_deref() == wanted.as_deref());
    let Some(operation) = operation else { return Err(no_operation(wanted.as_deref())) };
    let given = Variables::from_json(Value::Object(params.variables.unwrap_or_default()));
    let mut variables = documents.inputs.coerce(&operation.node, given)?;
    document.guarded.weigh(&operation.node, &variables)?;
    let declared = operation.node.variable_definitions.iter().map(|definition| &definition.node.name.node);
    let absent: Vec<Name> = declared.filter(|name| !variables.contains_key(*name)).cloned().collect();
    for name in absent.iter().filter(|name| document.optional.contains(name)) {
        variables.insert(name.clone(), async_graphql::Value::Null);
    }
    let operation_name = document.name.as_ref().map(|name| name.chars().take(64).collect());
    Ok(Admitted { kind: document.kind, operation_name, wanted, id, document, variables, absent, is_known, unknown })
}

fn no_operation(wanted: Option<&str>) -> Refusal {
    Refusal::bad_input(format!("The document has no operation named {:?}.", wanted.unwrap_or_default()))
}

/// Makes a document of a text.
fn read(source: &str, wanted: Option<&str>, documents: &Documents) -> Result<Document, Refusal> {
    scan::scan(source)?;
    let mut parsed = parse_query(source).map_err(|error| Refusal {
        locations: error.positions().collect(),
        ..Refusal::new(Code::GraphqlParseFailed, format!("The document could not be parsed: {error}"))
    })?;
    let guarded = guard::guard(&parsed)?;
    overlap::check(&parsed, &documents.outputs)?;
    positions::check(&parsed, &documents.inputs, &documents.outputs)?;
    conditions::write_out(&mut parsed);
    let (name, operation) = choose(&parsed, wanted)?;
    let (name, kind) = (name.cloned(), operation.node.ty);
    if kind == OperationType::Subscription {
        lift_subscription_root(&mut parsed, wanted)?;
    }
    let runs = merge::merged(&parsed, &documents.outputs);
    Ok(Document { runs, ..Document::new(parsed, guarded, (name, kind), source.len()) })
}

type Chosen<'a> = (Option<&'a Name>, &'a Positioned<OperationDefinition>);

fn choose<'a>(document: &'a ExecutableDocument, wanted: Option<&str>) -> Result<Chosen<'a>, Refusal> {
    let mut found = document.operations.iter().filter(|(name, _)| wanted.is_none() || name.map(Name::as_str) == wanted);
    match (found.next(), found.next()) {
        (Some(operation), None) => Ok(operation),
        (None, _) => Err(no_operation(wanted)),
        (Some(_), Some(_)) => Err(Refusal::bad_input("The document has several operations; say which one by operationName.")),
    }
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
    use crate::config::TrustedOnly;

    const SDL: &str = "type Query { a(x: Int): Int } schema { query: Query }";

    fn admitted(json: Value) -> Result<Admitted, Refusal> {
        let documents = Documents::new(SDL, TrustedOnly::Off).map_err(crate::error::Error::into_anyhow).unwrap();
        Params::from_json(json).and_then(|params| admit(&documents, params, Brings::default()))
    }

    fn refusal(json: Value) -> Option<(Code, String)> {
        match admitted(json) {
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
        let lifted = admitted(json!({"query": "subscription { ...F } fragment F on Subscription { ... { a } }"}));
        let document = &lifted.unwrap().document.parsed;
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
