//! A workflow as data, and how it is written: only the keys that ours use, in the order in which people read them.

use super::actions::Action;

/// A workflow.
pub(super) struct Workflow {
    /// What it is, in lines, above everything.
    pub(super) head: Vec<String>,
    pub(super) name: String,
    /// When it runs: the lines below `on:`.
    pub(super) on: Vec<String>,
    /// What of it runs one after the other, and whether a newer run ends an older one.
    pub(super) concurrency: (String, bool),
    /// Variables of all steps.
    pub(super) environment: Pairs,
    pub(super) jobs: Vec<Job>,
}

/// Keys and values, in order.
pub(super) type Pairs = Vec<(&'static str, String)>;

/// A job, once for each row of its matrix.
pub(super) struct Job {
    pub(super) id: &'static str,
    pub(super) name: String,
    pub(super) needs: Vec<&'static str>,
    pub(super) runner: String,
    pub(super) minutes: u32,
    /// What its token may do, and why; nothing else.
    pub(super) permissions: Vec<(&'static str, &'static str, &'static str)>,
    pub(super) matrix: Vec<Pairs>,
    pub(super) steps: Vec<Step>,
}

/// A step.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) id: Option<&'static str>,
    pub(super) condition: Option<String>,
    pub(super) environment: Pairs,
    pub(super) act: Act,
}

/// What a step does.
pub(super) enum Act {
    /// Somebody's action, with these inputs.
    Uses(Action, Pairs),
    /// Lines for bash.
    Runs(Vec<String>),
}

impl Step {
    /// A step that uses an action.
    pub(super) fn uses(name: &str, action: Action, with: &[(&'static str, &str)]) -> Step {
        Step::of(name, Act::Uses(action, pairs(with)))
    }

    /// A step that runs lines.
    pub(super) fn runs(name: &str, lines: &[&str]) -> Step {
        let lines = lines.iter().map(|line| (*line).to_owned());
        Step::of(name, Act::Runs(lines.collect()))
    }

    fn of(name: &str, act: Act) -> Step {
        Step {
            name: name.to_owned(),
            id: None,
            condition: None,
            environment: Vec::new(),
            act,
        }
    }

    /// With variables.
    pub(super) fn with_env(self, environment: &[(&'static str, &str)]) -> Step {
        let environment = pairs(environment);
        Step {
            environment,
            ..self
        }
    }

    /// Only where this holds.
    pub(super) fn only_if(self, condition: &str) -> Step {
        let condition = Some(condition.to_owned());
        Step { condition, ..self }
    }

    /// With a name for expressions.
    pub(super) fn with_id(self, id: &'static str) -> Step {
        let id = Some(id);
        Step { id, ..self }
    }
}

/// Keys and values of their own.
pub(super) fn pairs(of: &[(&'static str, &str)]) -> Pairs {
    of.iter()
        .map(|(key, value)| (*key, (*value).to_owned()))
        .collect()
}

/// The text of a workflow.
pub(super) fn written(workflow: &Workflow) -> String {
    let mut text = Text::default();
    for line in &workflow.head {
        text.line(0, &format!("# {line}"));
    }
    text.line(0, &format!("name: {}", scalar(&workflow.name)));
    text.line(0, "");
    text.line(0, "on:");
    for line in &workflow.on {
        text.line(2, line);
    }
    text.line(0, "");
    text.line(0, "# What a job's token may do is said by the job.");
    text.line(0, "permissions: {}");
    text.line(0, "");
    let (group, cancel) = &workflow.concurrency;
    text.line(0, "concurrency:");
    text.pair(2, "group", group);
    text.line(2, &format!("cancel-in-progress: {cancel}"));
    text.line(0, "");
    if !workflow.environment.is_empty() {
        text.pairs(0, "env", &workflow.environment);
        text.line(0, "");
    }
    text.line(0, "defaults:");
    text.line(2, "run:");
    text.line(4, "shell: bash");
    text.line(0, "");
    text.line(0, "jobs:");
    for (place, job) in workflow.jobs.iter().enumerate() {
        if place > 0 {
            text.line(0, "");
        }
        text.job(job);
    }
    text.0
}

/// Lines, indented.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, indent: usize, line: &str) {
        if !line.is_empty() {
            self.0.push_str(&" ".repeat(indent));
            self.0.push_str(line);
        }
        self.0.push('\n');
    }

    fn pair(&mut self, indent: usize, key: &str, value: &str) {
        if !value.contains('\n') {
            return self.line(indent, &format!("{key}: {}", scalar(value)));
        }
        self.line(indent, &format!("{key}: |"));
        for line in value.lines() {
            self.line(indent + 2, line);
        }
    }

    fn pairs(&mut self, indent: usize, key: &str, pairs: &Pairs) {
        self.line(indent, &format!("{key}:"));
        for (key, value) in pairs {
            self.pair(indent + 2, key, value);
        }
    }

    fn job(&mut self, job: &Job) {
        self.line(2, &format!("{}:", job.id));
        self.pair(4, "name", &job.name);
        if !job.needs.is_empty() {
            self.line(4, &format!("needs: [{}]", job.needs.join(", ")));
        }
        self.pair(4, "runs-on", &job.runner);
        self.line(4, &format!("timeout-minutes: {}", job.minutes));
        if job.permissions.is_empty() {
            self.line(4, "permissions: {}");
        } else {
            self.line(4, "permissions:");
        }
        for (key, value, why) in &job.permissions {
            self.line(6, &format!("{key}: {value} # {why}"));
        }
        if !job.matrix.is_empty() {
            self.line(4, "strategy:");
            self.line(6, "fail-fast: false");
            self.line(6, "matrix:");
            self.line(8, "include:");
        }
        for row in &job.matrix {
            for (place, (key, value)) in row.iter().enumerate() {
                let dash = if place == 0 { "- " } else { "  " };
                self.line(10, &format!("{dash}{key}: {}", scalar(value)));
            }
        }
        self.line(4, "steps:");
        for step in &job.steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        self.line(6, &format!("- name: {}", scalar(&step.name)));
        if let Some(id) = step.id {
            self.line(8, &format!("id: {id}"));
        }
        if let Some(condition) = &step.condition {
            self.line(8, &format!("if: {condition}"));
        }
        if let Act::Uses(action, _) = &step.act {
            self.line(8, &format!("uses: {}", action.written()));
        }
        if !step.environment.is_empty() {
            self.pairs(8, "env", &step.environment);
        }
        match &step.act {
            Act::Uses(_, with) if with.is_empty() => {}
            Act::Uses(_, with) => self.pairs(8, "with", with),
            Act::Runs(lines) => match lines.as_slice() {
                [line] => self.pair(8, "run", line),
                lines => self.pair(8, "run", &(lines.join("\n") + "\n")),
            },
        }
    }
}

/// A value as YAML has it on one line: as it is where nothing else could be read from it, else in quotes.
pub(super) fn scalar(value: &str) -> String {
    let starts = |first: u8| first.is_ascii_alphabetic() || b"$/~.".contains(&first);
    let is_text = value.bytes().next().is_some_and(starts) && !["~", "null"].contains(&value);
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let is_printed = value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let means_more = [": ", " #"].iter().any(|sign| value.contains(sign));
    if (is_text || is_number) && is_printed && !means_more && !value.ends_with([':', ' ']) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_yaml_would_read_something_else() {
        for (value, expected) in [
            ("ubuntu-24.04", "ubuntu-24.04"),
            ("${{ matrix.runner }}", "${{ matrix.runner }}"),
            ("Package, prove", "Package, prove"),
            ("null", "'null'"),
            ("30", "30"),
            ("1.10", "'1.10'"),
            ("", "''"),
            ("a: b", "'a: b'"),
            ("a #b", "'a #b'"),
            ("it's", "it's"),
            ("'tis", "'''tis'"),
            ("*x", "'*x'"),
            ("[self-hosted, arm]", "'[self-hosted, arm]'"),
        ] {
            assert_eq!(scalar(value), expected);
        }
    }
}
