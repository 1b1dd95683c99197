//! Every client document of `graphql/` is valid, named like its file, and executed by a test.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_graphql::{
    Request, Response, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute},
    parser::{parse_query, types::DocumentOperations},
};
use serde_json::json;
use weak_to_strong::{
    config::TrustedOnly,
    error::Error,
    graphql::{Brings, Documents, Params, admit},
};

/// Stops before the first resolver: what is left is the server's own validation.
struct OnlyValidate;

impl ExtensionFactory for OnlyValidate {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for OnlyValidate {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(async_graphql::Value::Null)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(below: &str, extension: &str) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(root().join(below)).sort_by_file_name().into_iter().filter_map(Result::ok);
    all.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

#[tokio::test]
async fn every_document_is_valid_and_named_like_its_file() {
    let schema = super::watched(OnlyValidate);
    let known = Documents::new(&schema.sdl(), TrustedOnly::Off).map_err(Error::into_anyhow).unwrap();
    let mut wrong = Vec::new();
    let documents = files("graphql", "graphql");
    assert!(documents.len() >= 8, "the documents were not found");
    for path in documents {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let operations = parse_query(&source).map(|document| document.operations);
        match operations {
            Ok(DocumentOperations::Multiple(all)) if all.len() == 1 && all.keys().all(|key| key.as_str() == name) => {}
            Ok(_) => wrong.push(format!("{name}: not one operation named like the file")),
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
        // The guard is asked without variables, so it may miss them; it must find nothing else.
        if let Err(refusal) = Params::from_json(json!({"query": source})).and_then(|params| admit(&known, params, Brings::default()))
            && !refusal.message.contains("was not given")
        {
            wrong.push(format!("{name}: {}", refusal.message));
        }
        // What a list costs is read from its variable.
        let variables = Variables::from_json(json!({"ids": [], "first": null, "last": null}));
        let errors = schema.execute(Request::new(source.as_str()).variables(variables)).await.errors;
        wrong.extend(errors.iter().map(|error| format!("{name}: {}", error.message)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_validation_above_would_find_a_mistake() {
    let schema = super::watched(OnlyValidate);
    for bad in [
        "query A { viewer { shoeSize } }",
        "subscription A { viewerEvents(colour: 1) { __typename } }",
        "mutation A { login { __typename } }",
    ] {
        assert!(!schema.execute(bad).await.errors.is_empty(), "{bad}");
    }
}

#[test]
fn every_document_is_used_by_a_test() {
    let tests: String = files("tests/it", "rs").iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let unused: Vec<String> = files("graphql", "graphql")
        .iter()
        .map(|path| path.strip_prefix(root()).unwrap().display().to_string())
        // By its path, or by the path below `graphql/` where a macro writes the rest.
        .filter(|path| !tests.contains(path.as_str()) && !tests.contains(&format!("\"{}\"", path.trim_start_matches("graphql/"))))
        .collect();
    assert!(unused.is_empty(), "no test executes {unused:#?}");
}
