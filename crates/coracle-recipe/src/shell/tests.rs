//! What shells are told, in the forms that Dockerfiles and workflows have.

use proptest::prelude::*;

use super::*;

fn variable(name: &str) -> Option<String> {
    match name {
        "V" => Some("1.2".to_owned()),
        "LIST" => Some("a b".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn script(text: &str) -> Script {
    read(&Text::plain(text), &variable)
}

/// A script in one line: what is not known in angle brackets.
fn told(commands: &[Command]) -> String {
    let each = commands.iter().map(|command| {
        let operator = match command.operator.as_ref().map(|operator| operator.kind) {
            Some(OperatorKind::And) => " &&",
            Some(OperatorKind::Or) => " ||",
            Some(OperatorKind::Semicolon) => " ;",
            Some(OperatorKind::Line) => " ⏎",
            Some(OperatorKind::Pipe) => " |",
            Some(OperatorKind::Background) => " &",
            None => "",
        };
        let negated = if command.is_negated { "! " } else { "" };
        let redirections = command.redirections.iter();
        let redirections: String = redirections
            .map(|redirection| format!(" {}{}", redirection.operator, word(&redirection.target)))
            .collect();
        format!("{negated}{}{redirections}{operator}", body(&command.body))
    });
    each.collect::<Vec<_>>().join(" ")
}

fn word(word: &Word) -> String {
    let inner: String = word
        .substitutions
        .iter()
        .map(|inner| format!("$({})", told(inner)))
        .collect();
    match &word.value {
        Ok(value) => format!("{value}{inner}"),
        Err(_) => format!("<{}>{inner}", word.text),
    }
}

fn body(body: &Body) -> String {
    let words = |words: &[Word]| words.iter().map(word).collect::<Vec<_>>().join(",");
    let branch = |branch: &Branch| format!("{} : {}", told(&branch.condition), told(&branch.body));
    match body {
        Body::Simple(simple) => {
            let set = simple.assignments.iter();
            let set: String = set
                .map(|set| format!("{}:={} ", set.name, word(&set.value)))
                .collect();
            format!("{set}{}", words(&simple.words))
        }
        Body::Group(body) => format!("{{{}}}", told(body)),
        Body::Subshell(body) => format!("({})", told(body)),
        Body::If {
            branches,
            otherwise,
        } => {
            let branches: Vec<String> = branches.iter().map(branch).collect();
            format!(
                "if[{} / {}]",
                branches.join(" / "),
                told(otherwise.as_deref().unwrap_or_default())
            )
        }
        Body::Loop {
            is_until,
            branch: inner,
        } => format!("loop {is_until}[{}]", branch(inner)),
        Body::For {
            variable,
            words: list,
            body,
        } => {
            format!(
                "for[{} in {} : {}]",
                variable.text,
                words(list.as_deref().unwrap_or_default()),
                told(body)
            )
        }
        Body::Case { word: what, arms } => {
            let arms = arms
                .iter()
                .map(|arm| format!("{} : {}", words(&arm.patterns), told(&arm.body)));
            format!(
                "case[{} {}]",
                word(what),
                arms.collect::<Vec<_>>().join(" / ")
            )
        }
        Body::Function { name, body } => {
            format!("{}()[{}]", name.text, told(std::slice::from_ref(&**body)))
        }
        Body::NotUnderstood { reason } => format!("??? {reason}"),
    }
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(told(&script(text).commands), *expected, "{text}");
    }
}

#[test]
fn commands_have_their_words_and_operators() {
    check(&[
        (
            "apt-get update && apt-get install -y a  b",
            "apt-get,update && apt-get,install,-y,a,b",
        ),
        ("a; b || c | d & e", "a ; b || c | d & e"),
        ("a\n\n# no\nb # c\n", "a ⏎ b ⏎"),
        ("a &&\n  b \\\n c", "a && b,c"),
        ("A=1 B='x y' make C=2", "A:=1 B:=x y make,C=2"),
        ("A=1", "A:=1 "),
        ("! a | b", "! a | b"),
        ("a >f 2>&1 <<< x", "a >f >&1 <<<x"),
        ("> f", " >f"),
        ("a#b 'c'\"d\"\\ e", "a#b,cd e"),
        (
            "[ -f x ] && [[ a && ( b < c ) ]] || d",
            "[,-f,x,] && [[,a,&,&,(,b,<,c,),]] || d",
        ),
        ("", ""),
    ]);
}

#[test]
fn values_are_known_only_where_nothing_changes_them() {
    check(&[
        ("a $V \"$V\" ${V} '$V' \\$V", "a,1.2,1.2,1.2,$V,$V"),
        (
            "a $LIST \"$LIST\" $EMPTY \"$EMPTY\"",
            "a,<$LIST>,a b,<$EMPTY>,",
        ),
        (
            "a $OTHER ${OTHER:-d} ${V:+e} $1 $? $$",
            "a,<$OTHER>,d,e,<$1>,<$?>,<$$>",
        ),
        ("V=2; a $V", "V:=2  ; a,<$V>"),
        ("for V in a b; do c $V; done", "for[V in a,b : c,<$V> ;]"),
        ("read -r V; a $V", "read,-r,V ; a,<$V>"),
        ("eval x; a $V", "eval,x ; a,<$V>"),
        (
            "a ~/x {b,c} ${V[0]} $'x' *.c",
            "a,<~/x>,<{b,c}>,<${V[0]}>,<$'x'>,*.c",
        ),
        (
            "a ${{ x == 'y' && z }}/\"${{ v }}\"",
            "a,<${{ x == 'y' && z }}/\"${{ v }}\">",
        ),
        ("time a; echo done }", "time,a ; echo,done,}"),
        ("a {} $ b=$V", "a,{},$,b=1.2"),
        (
            "a $((1 + 2)) $(b $V) \"$(c; d)\"",
            "a,<$((1 + 2))>,<$(b $V)>$(b,<$V>),<\"$(c; d)\">$(c ; d)",
        ),
        ("a `b c` $( (d) )", "a,<`b c`>$(b,c),<$( (d) )>$((d))"),
    ]);
    assert!(script("a *.c").simple().next().unwrap().words[1].is_pattern);
}

#[test]
fn compound_commands_have_their_parts() {
    check(&[
        (
            "if a; then b; elif c; then d; else e; fi > f",
            "if[a ; : b ; / c ; : d ; / e ;] >f",
        ),
        (
            "while read x; do y; done < z",
            "loop false[read,x ; : y ;] <z",
        ),
        ("until a\ndo b\ndone", "loop true[a ⏎ : b ⏎]"),
        ("for x in 1 2 3\ndo a; done", "for[x in 1,2,3 : a ;]"),
        ("for x; do a; done", "for[x in  : a ;]"),
        ("(cd x && make) && { a; b; }", "(cd,x && make) && {a ; b ;}"),
        (
            "case $V in a|b) c ;; *) d; esac",
            "case[1.2 a,b : c / * : d ;]",
        ),
        ("f() { a; }; f () (b)", "f()[{a ;}] ; f()[(b)]"),
        ("function g { a; }", "g()[{a ;}]"),
        ("a=(1 $(b)) c", "a:=<(1 $(b))>$(b) c"),
        ("a <(b) >(c)", "a,<<(b)>$(b),<>(c)>$(c)"),
    ]);
}

#[test]
fn here_documents_are_texts_and_no_commands() {
    let script = script("cat <<A <<-'B' > f && x\none\nA\n\ttwo\n\tB\ny\n");
    assert_eq!(told(&script.commands), "cat <<A <<-B >f && x ⏎ y ⏎");
    let bodies: Vec<&str> = script.heredocs.iter().map(Text::as_str).collect();
    assert_eq!(bodies, ["one\n", "two\n"]);
    assert_eq!(script.commands[0].redirections[1].heredoc, Some(1));
}

#[test]
fn what_is_not_understood_is_told_and_what_is_before_is_there() {
    check(&[
        ("a && b 'c", "a && ??? a quote is not closed"),
        ("a; if b; then c", "a ; ??? something is not ended"),
        ("a; fi_; )", "a ; fi_ ; ??? an end without a beginning"),
        ("if a; then b; done", "??? an end without a beginning"),
        ("a &&", "a && ??? an operator without a command behind it"),
        ("(( x++ )); a", "??? arithmetic ; a"),
        ("select x in a; do b; done", "??? a word that only bash has"),
        ("a ;; b", "a ??? an end without a beginning"),
        ("a (b)", "??? something is not closed"),
        (
            "`a \\` b`",
            "??? backticks with something protected in them",
        ),
    ]);
    assert!(!script("a && 'b").is_understood());
    assert!(script("if a; then b; fi").is_understood());
    let deep = "( ".repeat(100_000);
    assert_eq!(told(&script(&deep).commands), "??? nested too deep");
    let deep = "$(".repeat(100_000);
    assert_eq!(told(&script(&deep).commands), "??? nested too deep");
}

/// As dash and bash take it.
#[test]
fn behind_a_compound_command_a_word_that_ends_the_list_needs_no_semicolon() {
    for text in [
        "if a; then (b) && (c) else d; fi",
        "if a; then { b; } else c; fi",
        "if (a) then b; fi",
        "for i in 1 2; do (a $i) done",
        "{ (a) }",
        "if a; then if b; then c; fi fi",
    ] {
        assert!(script(text).is_understood(), "{text}");
    }
    let nested = script("if a; then (b) && (c) else d; fi; e");
    let names: Vec<Option<&str>> = nested.simple().map(Simple::name).collect();
    assert_eq!(
        names,
        [Some("a"), Some("b"), Some("c"), Some("d"), Some("e")]
    );
    for text in ["(a) b", "if a; then (b) c; fi"] {
        assert!(!script(text).is_understood(), "{text}");
    }
}

#[test]
fn words_know_where_they_stand() {
    let text = "a && b \\\n  \"c d\" | e";
    let script = script(text);
    let simple: Vec<&Simple> = script.simple().collect();
    let span = &simple[1].words[1].span;
    assert_eq!(
        (&text[span.start..span.end], span.line, span.column),
        ("\"c d\"", 2, 3)
    );
    let operator = &script.commands[0].operator.as_ref().unwrap().span;
    assert_eq!(&text[operator.start..operator.end], "&&");
    let command = &script.commands[1].span;
    assert_eq!(&text[command.start..command.end], "b \\\n  \"c d\"");
}

fn script_like() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        " ",
        " ",
        "\n",
        ";",
        "&",
        "|",
        "&&",
        "||",
        "(",
        ")",
        "{ ",
        " }",
        "if ",
        "then ",
        "else ",
        "fi",
        "for x in ",
        "do ",
        "done",
        "while ",
        "case ",
        "esac",
        ";;",
        "in ",
        "'",
        "\"",
        "`",
        "\\",
        "\\\n",
        "$",
        "${",
        "}",
        "$(",
        "$((",
        "))",
        "V",
        ":-",
        "<<E\n",
        "E\n",
        "<<-E ",
        "\t",
        ">",
        "<",
        "2>&1",
        "#",
        "=",
        "[[",
        "]]",
        "!",
        "f()",
        "function ",
        "ä",
        "\r",
        "~",
        "*",
        "[",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..50)
        .prop_map(|pieces| pieces.concat())
}

fn inside(script: &Script, text: &str) {
    for command in script.all() {
        let part = |span: &Span| text.get(span.start..span.end).map(str::to_owned);
        assert!(part(&command.span).is_some(), "{text:?}");
        for word in command.words() {
            assert_eq!(
                part(&word.span).as_deref(),
                Some(word.text.as_str()),
                "{text:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_words_are_where_they_say(text in any::<String>(), like in script_like()) {
        for text in [text, like] {
            inside(&script(&text), &text);
        }
    }
}
