//! The documents a server knows: those it trusts, which front ends of ours send by their hash, and those it has validated before. A
//! document is known by the SHA-256 of its text. What was validated once is neither scanned nor parsed nor validated again; only its
//! variables are looked at, since they alone differ.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Name, Positioned,
    parser::{
        parse_schema,
        types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
    },
};
use moka::sync::Cache;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{absent, coerce::InputTypes, guard::Guarded, overlap::OutputTypes, price::Costs, refusal::Refusal};
use crate::{
    config::TrustedOnly,
    error::{Code, Error, Result},
};

/// Text of validated documents that is kept, in bytes; parsed they take some twenty times as much memory.
const VALIDATED_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The operations of `graphql/` as Apollo Client prints them, in the format of its persisted-query manifests.
const MANIFEST: &str = include_str!("../../graphql/trusted.json");

/// SHA-256 of a document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DocumentId(pub(super) [u8; 32]);

impl DocumentId {
    #[must_use]
    pub fn of(source: &str) -> Self {
        Self(Sha256::digest(source.as_bytes()).into())
    }

    /// From hexadecimal digits, with or without `sha256:` before them.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let digits = text.strip_prefix("sha256:").unwrap_or(text);
        let bytes = hex::decode(digits).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| Refusal::bad_input("A document's id is its SHA-256 in 64 hexadecimal digits."))
    }
}

/// One operation with its fragments, scanned, parsed and guarded.
#[derive(Debug)]
pub struct Document {
    pub(super) parsed: ExecutableDocument,
    /// What runs in its place.
    pub(super) runs: Option<ExecutableDocument>,
    pub(super) kind: OperationType,
    /// As the client wrote it.
    pub(super) name: Option<Name>,
    /// Variables that are null when they are not given.
    pub(super) optional: Vec<Name>,
    /// The fields that it selects of the root.
    pub(super) root_fields: Vec<Name>,
    /// Of a subscription: the variable that says where it goes on, and nothing else.
    pub(super) after: Option<Name>,
    /// Its id and its name among the trusted ones.
    pub(super) trusted: Option<(DocumentId, Arc<str>)>,
    pub(super) source_bytes: usize,
    pub(super) guarded: Guarded,
    pub(super) costs: Costs,
}

impl Document {
    /// Of a parsed and guarded text.
    pub(super) fn new(
        parsed: ExecutableDocument,
        guarded: Guarded,
        (name, kind): (Option<Name>, OperationType),
        source_bytes: usize,
    ) -> Self {
        let mut document = Self {
            parsed,
            runs: None,
            kind,
            name,
            optional: Vec::new(),
            root_fields: Vec::new(),
            after: None,
            trusted: None,
            source_bytes,
            guarded,
            costs: Costs::default(),
        };
        if let Some(operation) = document.operation() {
            let optional = absent::optional_arguments(&document.parsed, &operation.node).into_iter().cloned().collect();
            let root_fields = root_fields(&document.parsed, &operation.node.selection_set.node);
            let after = absent::after_variable(&operation.node)
                .filter(|name| kind == OperationType::Subscription && document.guarded.is_used_once(name));
            let after = after.cloned();
            (document.optional, document.root_fields, document.after) = (optional, root_fields, after);
        }
        document
    }

    /// Whether its text alone says which operation is meant.
    pub(super) fn has_one_operation(&self) -> bool {
        self.parsed.operations.iter().count() == 1
    }

    pub(super) fn operation(&self) -> Option<&Positioned<OperationDefinition>> {
        let mut all = self.parsed.operations.iter();
        match &self.name {
            Some(name) => all.find(|(other, _)| *other == Some(name)),
            None => all.next(),
        }
        .map(|(_, operation)| operation)
    }
}

/// With fragments written out. The guard has refused cycles and bounded their number.
fn root_fields(document: &ExecutableDocument, root: &SelectionSet) -> Vec<Name> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(selections) = open.pop() {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => found.push(field.node.name.node.clone()),
                Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    open.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    found
}

#[derive(Deserialize)]
struct Manifest {
    operations: Vec<Trusted>,
}

#[derive(Deserialize)]
struct Trusted {
    id: String,
    name: String,
    body: String,
}

/// Shared by every request of a schema.
pub struct Documents {
    trusted: HashMap<DocumentId, Trusted>,
    validated: Cache<DocumentId, Arc<Document>>,
    pub(super) inputs: InputTypes,
    pub(super) outputs: OutputTypes,
    only_trusted: TrustedOnly,
}

impl Documents {
    /// For the schema of this SDL.
    pub fn new(sdl: &str, only_trusted: TrustedOnly) -> Result<Arc<Self>> {
        let manifest: Manifest = serde_json::from_str(MANIFEST).map_err(Error::fault)?;
        let mut trusted = HashMap::with_capacity(manifest.operations.len());
        for operation in manifest.operations {
            let id = DocumentId::of(&operation.body);
            if DocumentId::parse(&operation.id).ok() != Some(id) {
                return Err(Error::broken("a trusted document has another hash than its id"));
            }
            trusted.insert(id, operation);
        }
        // A short text can hold much once fields are merged.
        let bytes = |document: &Document| document.source_bytes.max(document.guarded.bytes());
        let weigh = move |_: &DocumentId, document: &Arc<Document>| u32::try_from(bytes(document)).unwrap_or(u32::MAX);
        let validated = Cache::builder().max_capacity(VALIDATED_BYTES_MAX).weigher(weigh).build();
        let schema = parse_schema(sdl).map_err(Error::fault)?;
        let outputs = OutputTypes::new(&schema);
        Ok(Arc::new(Self { trusted, validated, inputs: InputTypes::new(schema), outputs, only_trusted }))
    }

    pub(super) fn validated(&self, id: DocumentId) -> Option<Arc<Document>> {
        self.validated.get(&id)
    }

    pub(super) fn trusted_source(&self, id: DocumentId) -> Option<String> {
        self.trusted.get(&id).map(|trusted| trusted.body.clone())
    }

    pub(super) fn trusted_name(&self, id: DocumentId) -> Option<(DocumentId, Arc<str>)> {
        self.trusted.get(&id).map(|trusted| (id, trusted.name.as_str().into()))
    }

    /// To be called with what the schema has validated.
    pub(super) fn remember(&self, id: DocumentId, document: Arc<Document>) {
        self.validated.insert(id, document);
    }

    /// FORBIDDEN for a document that is not trusted from a request that may bring no other.
    pub(super) fn check_trusted(&self, id: DocumentId, brings: Brings) -> Result<(), Refusal> {
        let restricted = match self.only_trusted {
            TrustedOnly::Off => false,
            TrustedOnly::Cookies => brings.cookies && !brings.token,
            TrustedOnly::Anonymous => !brings.token,
        };
        if restricted && !self.trusted.contains_key(&id) {
            let message = "Without an access token this server runs only the documents that it knows.";
            return Err(Refusal::new(Code::Forbidden, message));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Documents").field("trusted", &self.trusted.len()).finish_non_exhaustive()
    }
}

/// What says who sends a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Brings {
    pub cookies: bool,
    pub token: bool,
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;
    use crate::graphql::guard;

    #[test]
    fn the_variable_of_after_is_named_unless_it_says_something_else_too() {
        let named = |text: &str| {
            let parsed = parse_query(text).unwrap();
            let guarded = guard::guard(&parsed).map_err(|refusal| refusal.message).unwrap();
            Document::new(parsed, guarded, (None, OperationType::Subscription), text.len()).after.map(|name| name.to_string())
        };
        assert_eq!(named("subscription($a: Cursor, $b: ID!) { x(id: $b, after: $a) { y } }").as_deref(), Some("a"));
        for other in [
            "subscription { x(after: \"c\") { y } }",
            "subscription { x { y } }",
            "subscription($a: Cursor) { x(after: $a, id: $a) { y } }",
            "subscription($a: Cursor) { x(after: $a) { y(of: [$a]) } }",
            "subscription($a: Cursor) { x(after: $a) { ...F } } fragment F on X { y @skip(if: $a) }",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
