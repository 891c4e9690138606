//! What an error text means, for people: what happened, why, what helps, and what of it an image shows.

use std::fmt::Write as _;

use coracle_build::check::Verdict;
use coracle_build::explain::Explanation;
use coracle_build::start::Finding;

use super::plain;

/// The explanation, and what each verdict has of it.
pub(crate) fn render(explanation: &Explanation, verdicts: &[Verdict]) -> String {
    let mut text = format!("{}\n  {}\n", plain(&explanation.line), explanation.what);
    list(
        &mut text,
        "causes, the likeliest first",
        &explanation.causes,
    );
    list(&mut text, "what helps", &explanation.fixes);
    for verdict in verdicts {
        text.push('\n');
        text.push_str(&of_image(explanation, verdict));
    }
    text
}

fn list(text: &mut String, heading: &str, lines: &[String]) {
    let _ = writeln!(text, "\n{heading}:");
    for (at, line) in lines.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", at + 1, plain(line));
    }
}

fn of_image(explanation: &Explanation, verdict: &Verdict) -> String {
    let all: Vec<&Finding> = verdict
        .report
        .findings
        .iter()
        .chain(&verdict.others.findings)
        .collect();
    let about = all.iter().filter(|finding| explanation.is_about(finding));
    let mut shown: Vec<&Finding> = about.copied().collect();
    let mut says = "shows it";
    if shown.is_empty() {
        let of_kind = all.iter().filter(|finding| explanation.is_of_kind(finding));
        shown = of_kind.copied().collect();
        says = match explanation.names.is_empty() {
            true => "shows what may be it",
            false => "shows the like, and nothing of what the text names",
        };
    }
    let image = format!("{}  {}", verdict.target, verdict.platform);
    if shown.is_empty() {
        return match (all.len(), verdict.is_well()) {
            (0, true) => format!(
                "{image}  does not show it: what a container starts is proven to start\n  \
                 look at what is different where it failed: another tag or platform, a volume over its files, a command \
                 that replaces the image's, the user, LD_LIBRARY_PATH\n"
            ),
            (0, false) => format!("{image}  does not show it: it names nothing to start\n"),
            (others, _) => format!(
                "{image}  does not show it, and {others} other findings: `coracle check {}` tells them\n",
                verdict.target
            ),
        };
    }
    let mut text = format!("{image}  {says}\n");
    for finding in shown {
        text.push_str(&super::check_text::of_finding(finding));
    }
    text
}

#[cfg(test)]
mod tests {
    use coracle_build::explain::explain;

    use super::*;
    use crate::render::samples;

    fn shown(text: &str) -> String {
        render(&explain(text).unwrap(), &samples::verdicts())
    }

    #[test]
    fn an_image_shows_the_text_or_the_like_or_nothing_of_it() {
        let it = shown(
            "api: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file",
        );
        let the_like = shown("api: symbol lookup error: api: undefined symbol: PQexec, version X");
        let other = shown("exec /app/api: exec format error");
        insta::assert_snapshot!([it, the_like, other].join("\n----\n"));
    }
}
