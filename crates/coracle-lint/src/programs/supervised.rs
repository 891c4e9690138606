//! What a file of supervisord's says is started: `command=` in each `[program:…]`. Not which programs these are.

/// The commands by their words; nothing where other files may say more.
pub(super) fn commands(text: &str) -> Option<Vec<Vec<String>>> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    for section in format!("\n{text}").split("\n[").skip(1) {
        let (name, body) = section.split_once(']')?;
        if name == "include" || name.starts_with("eventlistener:") {
            return None;
        }
        let value = |key: &str| {
            let mut lines = body.lines().filter_map(|line| line.split_once('='));
            let line = lines.find(|(own, _)| own.trim() == key);
            line.map(|(_, value)| value.trim())
        };
        let is_program = name.starts_with("program:") || name.starts_with("fcgi-program:");
        // What a person starts by hand is not started.
        if is_program && value("autostart") != Some("false") {
            let words = value("command")?.split_whitespace();
            let words = words.map(|word| word.trim_matches(['"', '\'']).to_owned());
            commands.push(words.collect());
        }
    }
    (!commands.is_empty()).then_some(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_a_command() {
        let text = "[supervisord]\nnodaemon=true\n; a comment\n[program:api]\ncommand=/usr/local/bin/api --port 1\n[program:worker]\nautostart=true\ncommand = worker\n[program:tool]\nautostart=false\ncommand=tool\n";
        let commands = commands(text).unwrap();
        let told: Vec<String> = commands.iter().map(|words| words.join(" ")).collect();
        assert_eq!(told, ["/usr/local/bin/api --port 1", "worker"]);
    }

    #[test]
    fn what_includes_other_files_is_not_known() {
        assert_eq!(
            commands("[program:a]\ncommand=a\n[include]\nfiles=x/*.conf\n"),
            None
        );
        assert_eq!(commands("[supervisord]\nnodaemon=true\n"), None);
    }
}
