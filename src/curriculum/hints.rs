//! The three rungs of `hints.md`. Pure.

const RUNGS: [&str; 3] = ["## Nudge", "## Structure", "## Partial solution"];

/// The text of each rung without its heading; None unless there are exactly the three, in order, none empty.
#[must_use]
pub fn split_hints(text: &str) -> Option<Vec<String>> {
    let mut rungs: Vec<String> = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code && (line.starts_with("# ") || line.starts_with("## ")) {
            if RUNGS.get(rungs.len()) != Some(&line.trim_end()) {
                return None;
            }
            rungs.push(String::new());
            continue;
        }
        match rungs.last_mut() {
            Some(rung) => {
                rung.push_str(line);
                rung.push('\n');
            }
            None if line.trim().is_empty() => {}
            None => return None,
        }
    }
    let rungs: Vec<String> = rungs.iter().map(|rung| rung.trim().to_owned()).collect();
    (rungs.len() == RUNGS.len() && rungs.iter().all(|rung| !rung.is_empty())).then_some(rungs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_has_its_three_rungs_in_order() {
        let ladder = "## Nudge\n\nLook.\n\n## Structure\n\n```python\n## no heading\n```\n\n## Partial solution\n\n____\n";
        assert_eq!(split_hints(ladder).unwrap(), ["Look.", "```python\n## no heading\n```", "____"]);
        let broken = ["", "## Nudge\n\na\n\n## Structure\n\nb\n", "## Structure\na\n## Nudge\nb\n## Partial solution\nc\n"];
        for text in broken
            .into_iter()
            .chain(["x\n## Nudge\na\n## Structure\nb\n## Partial solution\nc\n", "## Nudge\n## Structure\nb\n## Partial solution\nc\n"])
        {
            assert_eq!(split_hints(text), None, "{text}");
        }
    }
}
