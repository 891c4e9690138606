//! Edits of small files, each with what must stay; and of any file, judged by another reader.

use proptest::prelude::*;

use super::*;

/// The place of a path of keys and item numbers in the first document.
fn place(yaml: &Yaml, path: &str) -> Place {
    let mut at = Place(vec![0]);
    for step in path.split('/').filter(|step| !step.is_empty()) {
        at = match step.parse::<usize>() {
            Ok(number) => yaml.items(&at)[number].clone(),
            Err(_) => yaml.value(&at, step).unwrap(),
        };
    }
    at
}

fn edited(text: &str, path: &str, change: Change) -> Result<String, EditError> {
    let yaml = Yaml::read(text).unwrap();
    let at = place(&yaml, path);
    yaml.edit(&[change.at(at)])
}

/// The same with `\r\n`, and with a byte-order mark.
fn check(text: &str, path: &str, change: &Change, expected: &str) {
    assert_eq!(edited(text, path, change.clone()).as_deref(), Ok(expected));
    let [dos, expected_dos] = [text, expected].map(|text| text.replace('\n', "\r\n"));
    let changed = edited(&dos, path, change.clone());
    assert_eq!(changed.as_deref(), Ok(expected_dos.as_str()));
    let changed = edited(&format!("\u{feff}{text}"), path, change.clone());
    assert_eq!(changed, Ok(format!("\u{feff}{expected}")));
}

fn set(text: &str) -> Change {
    Change::Set(text.to_owned())
}

fn image() -> Change {
    Change::Replace {
        key: "image".to_owned(),
        text: "acme/api:${TAG:-latest}".to_owned(),
    }
}

#[test]
fn a_text_is_set_in_its_own_quotes_and_nothing_else_moves() {
    let cases = [
        ("a: x # why\nb: 1\n", "a: r/x@sha256:0 # why\nb: 1\n"),
        ("{a: 'x', b: 1}\n", "{a: 'r/x@sha256:0', b: 1}\n"),
        ("a:   \"x\"\n\n\n", "a:   \"r/x@sha256:0\"\n\n\n"),
        (
            "a: &one !!str x\nb: *one\n",
            "a: &one !!str r/x@sha256:0\nb: *one\n",
        ),
        ("a: >-\n  x\n\nb: 1\n", "a: >-\n  r/x@sha256:0\n\nb: 1\n"),
        ("z: &z y\na: *z # x\n", "z: &z y\na: r/x@sha256:0 # x\n"),
        ("ä: ö\na: x", "ä: ö\na: r/x@sha256:0"),
        ("? a\n: x\n", "? a\n: r/x@sha256:0\n"),
    ];
    for (text, expected) in cases {
        check(text, "a", &set("r/x@sha256:0"), expected);
    }
    check("a: [x, y]\n", "a/0", &set("${X}"), "a: [\"${X}\", y]\n");
    check("a:\n- x\n", "a/0", &set("1"), "a:\n- \"1\"\n");
}

#[test]
fn an_entry_of_many_lines_becomes_another_and_comments_around_it_stay() {
    let text = "# top\nservices:\n  api:\n    # what it is made of\n    build:  # here\n      context: . # root\n      args:\n        - A=1\n      # the last\n    # outside\n    ports: [\"1:1\"]\n";
    let expected = "# top\nservices:\n  api:\n    # what it is made of\n    image: acme/api:${TAG:-latest}  # here\n    # outside\n    ports: [\"1:1\"]\n";
    check(text, "services/api/build", &image(), expected);
    check(
        "a: {build: ., x: 1} # c\n",
        "a/build",
        &image(),
        "a: {image: \"acme/api:${TAG:-latest}\", x: 1} # c\n",
    );
    check(
        "- build: &b .\n  x: 1",
        "0/build",
        &image(),
        "- image: acme/api:${TAG:-latest}\n  x: 1",
    );
    check(
        "build:\nx: 1\n",
        "build",
        &image(),
        "image: acme/api:${TAG:-latest}\nx: 1\n",
    );
}

#[test]
fn an_entry_or_an_item_goes_with_its_lines() {
    let cases = [
        (
            "a:\n  b:\n    c: 1\n    # of c\n  # of d\n  d: 2\n",
            "a/b",
            "a:\n  # of d\n  d: 2\n",
        ),
        ("a: 1\nb: |\n  x\n\n  y\nc: 2\n", "b", "a: 1\nc: 2\n"),
        ("a: 1\nb: 2", "b", "a: 1\n"),
        ("a: {b: 1, c: 2}\n", "a/b", "a: {c: 2}\n"),
        ("a: {b: 1, c: 2}\n", "a/c", "a: {b: 1}\n"),
        ("a: [b, c]\n", "a/0", "a: [c]\n"),
        ("a: [b]\n", "a/0", "a: []\n"),
        ("a:\n  - b\n  - c # d\n", "a/1", "a:\n  - b\n"),
        ("a:\n- b\n# c\n- c\n", "a/0", "a:\n# c\n- c\n"),
    ];
    for (text, path, expected) in cases {
        check(text, path, &Change::Remove, expected);
    }
}

#[test]
fn an_entry_comes_behind_another_in_its_column() {
    let change = Change::InsertAfter {
        key: "image".to_owned(),
        text: "x/y".to_owned(),
    };
    let cases = [
        (
            "a:\n  b:\n    c: 1 # d\n\n  e: 2\n",
            "a/b",
            "a:\n  b:\n    c: 1 # d\n  image: x/y\n\n  e: 2\n",
        ),
        ("- a: 1\n", "0/a", "- a: 1\n  image: x/y\n"),
        ("a: {b: 1}\n", "a/b", "a: {b: 1, image: x/y}\n"),
    ];
    for (text, path, expected) in cases {
        check(text, path, &change, expected);
    }
    let text = "x: &x {a: 1}\ns:\n  <<: *x\n";
    check(
        text,
        "s/<<",
        &change,
        "x: &x {a: 1}\ns:\n  <<: *x\n  image: x/y\n",
    );
}

#[test]
fn several_edits_are_made_at_once_or_not_at_all() {
    let yaml = Yaml::read("a: &a 1\nb: *a\nc: 3\n").unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|key| place(&yaml, key));
    let both = [
        Change::Remove.at(a.clone()),
        set("x").at(b.clone()),
        set("y").at(c.clone()),
    ];
    assert_eq!(yaml.edit(&both).as_deref(), Ok("b: x\nc: \"y\"\n"));
    let alone = yaml.edit(&[Change::Remove.at(a)]).unwrap_err();
    assert!(matches!(alone, EditError::Broken(_)), "{alone}");
    assert_eq!(yaml.edit(&[]).unwrap(), yaml.to_string());
    let twice = [set("x").at(b.clone()), set("y").at(b)];
    assert!(yaml.edit(&twice).is_err());
}

#[test]
fn what_would_mean_something_else_is_refused() {
    let why = |text: &str, path: &str, change: Change| {
        edited(text, path, change).unwrap_err().to_string()
    };
    // The alias would be of the other anchor.
    insta::assert_snapshot!(why("z: &x 0\na: &x 1\nb: *x\n", "a", Change::Remove), @"line 2, column 7: a change here would change the meaning of something else");
    // The mapping would be nothing.
    insta::assert_snapshot!(why("a:\n  b: 1\n", "a/b", Change::Remove), @"line 2, column 6: a change here would change the meaning of something else");
    insta::assert_snapshot!(why("a: |\n  x\n  x\n", "a", set("y")), @"line 1, column 1: a text of several lines is not changed");
    insta::assert_snapshot!(why("a: {b: 1}\n", "a", set("y")), @"line 1, column 1: this is no single text");
    insta::assert_snapshot!(why("- - a\n", "0/0", Change::Remove), @"line 1, column 5: it shares its line with something else");
    insta::assert_snapshot!(why("a:\n", "a", set("y")), @"line 1, column 1: nothing is written here");
}

#[test]
fn documents_aliases_and_merges_are_followed() {
    let yaml =
        Yaml::read("a: &a {i: 1}\nb:\n  <<: [*a, {k: 2}]\n  l: 3\n---\n- x\n- {y: z}\n").unwrap();
    assert_eq!(yaml.documents().count(), 2);
    let texts: Vec<&str> = yaml.scalars().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["1", "2", "3", "x", "z"]);
    let merged = yaml.merged(&place(&yaml, "b"));
    let keys = merged.iter().flat_map(|at| yaml.entries(at));
    assert_eq!(keys.map(|(key, _)| key).collect::<Vec<_>>(), ["i", "k"]);
    let (at, _) = &yaml.scalars()[4];
    let span = yaml.span(at).unwrap();
    assert_eq!((span.line, span.column), (7, 7));
}

#[test]
fn what_is_no_yaml_says_where() {
    let error = Yaml::read("a: 1\nb: [1\nc: 2\n").unwrap_err();
    insta::assert_snapshot!(error, @"line 3, column 2: illegal placement of ':' indicator");
    assert!(Yaml::read(&"[".repeat(100_000)).is_err());
    assert!(Yaml::read(&"- ".repeat(100_000)).is_err());
}

/// What another reader makes of a text.
fn judged(text: &str) -> Option<serde_json::Value> {
    serde_saphyr::from_str(text).ok()
}

/// A text, written in one of the styles.
fn scalar() -> impl Strategy<Value = String> {
    let words = ["x", "coracle://api", "1.10", "ä ö", "${A:-b}", "/a/b"];
    let word = prop::sample::select(words.to_vec());
    (word, 0..4_usize).prop_map(|(word, style)| match style {
        0 => format!("'{word}'"),
        1 => format!("\"{word}\""),
        _ => word.to_owned(),
    })
}

/// Lines of a value at this depth, and what follows a key or a dash before them.
fn value(depth: usize) -> BoxedStrategy<String> {
    let comment = prop::sample::select(vec!["", " # c", "  # \"a: b\""]);
    let single = (scalar(), comment).prop_map(|(text, comment)| format!(" {text}{comment}\n"));
    let indentation = "  ".repeat(depth);
    if depth > 3 {
        return single.boxed();
    }
    let blank = prop::sample::select(vec!["", "\n", "# c\n", "      # deep\n"]);
    let block = {
        let indentation = indentation.clone();
        prop::sample::select(vec!["|", ">-", "|+", ">"]).prop_map(move |style| {
            format!(" {style}\n{indentation}  line\n\n{indentation}  other # no comment\n")
        })
    };
    let flow = prop::collection::vec(scalar(), 0..3).prop_map(|items| {
        let entries = items.iter().enumerate();
        let entries =
            entries.map(|(number, item)| format!("f{number}: {}", item.replace("${A:-b}", "z")));
        format!(" {{{}}}\n", entries.collect::<Vec<_>>().join(", "))
    });
    let of = |mark: &'static str| {
        let indentation = indentation.clone();
        prop::collection::vec((value(depth + 1), blank.clone()), 1..4).prop_map(move |children| {
            let lines = children.iter().enumerate().map(|(number, (child, blank))| {
                let mark = mark.replace('#', &number.to_string());
                format!("{blank}{indentation}{mark}{child}")
            });
            format!("\n{}", lines.collect::<String>())
        })
    };
    prop_oneof![3 => single, 1 => block, 1 => flow, 3 => of("k#:"), 2 => of("-")].boxed()
}

fn file() -> impl Strategy<Value = String> {
    (value(0), any::<bool>(), any::<bool>()).prop_map(|(text, dos, end)| {
        let text = text.strip_prefix('\n').unwrap_or(&text);
        let text = if end { text } else { text.trim_end() };
        if dos {
            text.replace('\n', "\r\n")
        } else {
            text.to_owned()
        }
    })
}

/// All places but the root.
fn places(yaml: &Yaml) -> Vec<Place> {
    let mut all: Vec<Place> = yaml.documents().collect();
    let mut done = 0;
    while let Some(at) = all.get(done).cloned() {
        let children = yaml.node(&at).unwrap().children().count();
        all.extend((0..children).map(|number| at.child(number)));
        done += 1;
    }
    all.into_iter().filter(|at| at.0.len() > 1).collect()
}

/// The value at a place, as the other reader has it.
fn at<'a>(value: &'a mut serde_json::Value, place: &[usize]) -> &'a mut serde_json::Value {
    place.iter().fold(value, |value, number| match value {
        serde_json::Value::Array(items) => &mut items[*number],
        serde_json::Value::Object(entries) => entries.values_mut().nth(*number).unwrap(),
        _ => panic!("nothing below"),
    })
}

proptest! {
    #[test]
    fn any_text_that_is_set_is_read_by_others_and_all_around_it_stays(
        file in file(), pick in any::<prop::sample::Index>(), text in "[ -~äö\n]{0,12}|coracle://[a-z]{1,8}",
    ) {
        let yaml = Yaml::read(&file).unwrap();
        let scalars = yaml.scalars();
        prop_assume!(!scalars.is_empty());
        let (place, _) = &scalars[pick.index(scalars.len())];
        if let Ok(changed) = yaml.edit(&[set(&text).at(place.clone())]) {
            let mut expected = judged(&file).unwrap();
            *at(&mut expected, &place.0[1..]) = serde_json::Value::String(text);
            prop_assert_eq!(judged(&changed), Some(expected), "{}", changed);
            let bytes = yaml.node(place).unwrap().bytes.clone();
            prop_assert!(changed.starts_with(&file[..bytes.start]));
            prop_assert!(changed.ends_with(&file[bytes.end..]));
        } else {
            let style = &yaml.node(place).unwrap().kind;
            prop_assert!(matches!(style, Kind::Scalar { style: Style::Block, .. }), "refused: {}", file);
        }
    }

    #[test]
    fn whatever_is_removed_or_replaced_is_all_that_others_miss(
        file in file(), pick in any::<prop::sample::Index>(), what in 0..3_usize,
    ) {
        let yaml = Yaml::read(&file).unwrap();
        let places = places(&yaml);
        prop_assume!(!places.is_empty());
        let place = &places[pick.index(places.len())];
        let new = || ("image".to_owned(), "a/b:${C}".to_owned());
        let change = match what {
            0 => Change::Remove,
            1 => Change::Replace { key: new().0, text: new().1 },
            _ => Change::InsertAfter { key: new().0, text: new().1 },
        };
        let Ok(changed) = yaml.edit(&[change.at(place.clone())]) else { return Ok(()) };
        let mut expected = judged(&file).unwrap();
        let (number, parent) = place.0[1..].split_last().unwrap();
        match at(&mut expected, parent) {
            serde_json::Value::Array(items) => { items.remove(*number); }
            serde_json::Value::Object(entries) => {
                let key = entries.keys().nth(*number).unwrap().clone();
                if what < 2 { entries.remove(&key); }
                if what > 0 { entries.insert(new().0, new().1.into()); }
            }
            _ => panic!("no collection"),
        }
        prop_assert_eq!(judged(&changed), Some(expected), "{}", changed);
        let comments = |text: &str| text.matches("# c").count();
        if what == 2 {
            prop_assert_eq!(comments(&changed), comments(&file));
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), like in file(), cut in any::<prop::sample::Index>()) {
        let _ = Yaml::read(&text);
        let mut end = cut.index(like.len() + 1);
        while !like.is_char_boundary(end) { end -= 1; }
        if let Ok(yaml) = Yaml::read(&like[..end]) {
            for place in places(&yaml) {
                let _ = yaml.edit(&[Change::Remove.at(place.clone())]);
                let _ = yaml.edit(&[set("x").at(place)]);
            }
        }
    }
}
