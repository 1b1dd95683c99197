//! The dashboard and the list of metrics say what the server shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::metrics::{Shown, after_traffic};

const DASHBOARD: &str = include_str!("../../../deploy/grafana/weak-to-strong.json");
const LIST: &str = include_str!("../../../deploy/README.md");

/// Every metric of the list with its type and its labels.
fn listed() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = LIST.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |row: &str| {
        let (name, rest) = row.split_once("` | ").unwrap_or_else(|| panic!("no row: {row}"));
        let cells: Vec<&str> = rest.split(" | ").collect();
        let labels = cells[1].split_whitespace().map(|label| label.trim_matches(['`', ',']).to_owned());
        let described = cells[2].trim_end_matches(" |");
        assert!(described.ends_with('.'), "{name} is not described");
        (name.to_owned(), (cells[0].to_owned(), labels.filter(|label| label != "–").collect()))
    };
    // The tables of settings have names in capitals.
    rows.filter(|row| row.starts_with(|first: char| first.is_ascii_lowercase())).map(row).collect()
}

/// Every expression of every panel, and of the variables.
fn expressions(json: &Value) -> Vec<String> {
    match json {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(text) if name == "expr" => vec![text.clone()],
                _ => expressions(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

/// Names in an expression that are neither functions nor labels: what stands before a selector or a range.
fn named(expression: &str) -> BTreeSet<String> {
    let expression = expression.replace("$__rate_interval", "5m");
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = BTreeSet::new();
    let (mut depth, mut word) = (0, String::new());
    let mut quoted = false;
    for letter in expression.chars().chain([' ']) {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            _ if is_part(letter) => {
                word.push(letter);
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        // A selector of labels is no name, and `le` and its like have no underscore.
        if word.contains('_') && !quoted && letter != '(' && (depth == 0 || letter == '{') {
            found.insert(std::mem::take(&mut word));
        }
        word.clear();
    }
    found
}

#[tokio::test]
async fn every_metric_is_listed_and_every_listed_metric_is_shown() {
    let app = after_traffic().await;
    let shown = Shown::by(&app).await;
    let mut families: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for series in shown.series.keys() {
        let (family, labels) = shown.family(series);
        let kind = shown.families[&family].clone();
        families.entry(family).or_insert_with(|| (kind, BTreeSet::new())).1.extend(labels);
    }
    pretty_assertions::assert_eq!(families, listed());
    app.stop().await;
}

#[tokio::test]
async fn the_dashboard_asks_for_what_there_is() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let expressions = expressions(&dashboard);
    assert!(expressions.len() >= 20, "{expressions:#?}");
    let app = after_traffic().await;
    let shown = Shown::by(&app).await;
    let series: BTreeSet<&str> = shown.series.keys().map(|series| series.split('{').next().unwrap_or_default()).collect();
    let mut asked = BTreeSet::new();
    for expression in &expressions {
        let names = named(expression);
        assert!(!names.is_empty(), "{expression} asks for nothing");
        for name in names {
            assert!(series.contains(name.as_str()), "{name} in {expression} is not shown");
            asked.insert(shown.family(&name).0);
        }
    }
    // Whatever is counted can be seen.
    let unseen: Vec<&String> = shown.families.keys().filter(|family| !asked.contains(*family)).collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
    let ids: Vec<i64> = dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "panels share an id");
    app.stop().await;
}

#[test]
fn names_are_found_in_expressions() {
    let all = |expression| named(expression).into_iter().collect::<Vec<_>>();
    assert_eq!(all("sum by (le) (rate(a_b_bucket{job=~\"$job\", c_d=\"e_f\"}[$__rate_interval]))"), ["a_b_bucket"]);
    assert_eq!(all("histogram_quantile(0.9, x_y) / z_w"), ["x_y", "z_w"]);
    assert_eq!(all("max(queue_rows) by (queue)"), ["queue_rows"]);
}
