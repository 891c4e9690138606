//! Why something is in the image of a service, for people: as of any image, with the way from source in front of it.

use std::fmt::Write as _;

use coracle_build::why::service::{
    Answer, Became, Brings, InImage, Library, Says, Source, SourcePackage,
};

use super::why_text::{self, row};
use super::{plain, size};

/// More ways than these are not counted out.
const MANY: u64 = 1_000_000;

/// All answers, in their order.
pub(crate) fn render(answers: &[Answer]) -> String {
    let blocks: Vec<String> = answers.iter().map(block).collect();
    blocks.join("\n")
}

fn block(answer: &Answer) -> String {
    let image = answer.image.map(|digest| digest.to_string());
    let image = image.unwrap_or_else(|| "not built yet".to_owned());
    let mut text = format!("{}  {}  {image}\n", answer.service, answer.platform);
    match &answer.says {
        Says::Subject { packages, found } => {
            for package in packages {
                of_package(&mut text, package);
            }
            for found in found {
                in_image(&mut text, found);
            }
        }
        Says::Top(top) => why_text::of_top(&mut text, top),
        Says::Libraries(libraries) => of_libraries(&mut text, libraries),
    }
    text
}

fn in_image(text: &mut String, found: &InImage) {
    let mut sources = String::new();
    for source in &found.sources {
        let (words, asked) = of_source(source);
        row(&mut sources, "source", &words);
        if let Some(asked) = asked {
            row(&mut sources, "", &asked);
        }
    }
    why_text::of_found(text, &found.found, &sources);
}

/// Who asked for a library, and how.
fn of_source(source: &Source) -> (String, Option<String>) {
    match source {
        Source::Package {
            way,
            links,
            library,
            asked,
        } => {
            let links = links_text(links.as_deref());
            let words = format!("{}{links}{}", way.steps.join(" → "), others(way.others));
            let how = match asked {
                Some(asked) => format!("which asks for {library}: {asked}"),
                None => format!("which is the one whose name fits {library}"),
            };
            (words, Some(how))
        }
        Source::Program(package) => (format!("{package}, compiled"), None),
        Source::CLibrary(library) => (
            format!("{library} is of the C library or the compiler, which programs are linked to"),
            None,
        ),
        Source::Configuration(library) => {
            (format!("`dlopen` in coracle.toml names {library}"), None)
        }
        Source::Unknown(library) => (
            format!("the program needs {library}; no crate or package is known to ask for it"),
            None,
        ),
    }
}

fn links_text(links: Option<&str>) -> String {
    links.map_or_else(String::new, |key| format!(" (links = \"{key}\")"))
}

fn others(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "; 1 other way leads there".to_owned(),
        2..=MANY => format!("; {count} other ways lead there"),
        _ => "; more than a million other ways lead there".to_owned(),
    }
}

fn of_package(text: &mut String, package: &SourcePackage) {
    let cgo = if package.cgo { " (import \"C\")" } else { "" };
    let links = links_text(package.links.as_deref());
    let _ = writeln!(text, "  {}{links}{cgo}", plain(&package.name));
    match &package.way {
        None => return row(text, "source", "nothing leads to it on this platform"),
        Some(way) => {
            let words = format!("{}{}", way.steps.join(" → "), others(way.others));
            row(text, "source", &words);
            if way.only_compiling {
                let words =
                    "runs only while the program is compiled: nothing of it is in the image";
                row(text, "", words);
                return;
            }
        }
    }
    if package.brings.is_empty() {
        row(
            text,
            "brings",
            "no native library: its code is in the program",
        );
    }
    for brings in &package.brings {
        of_brings(text, package, brings);
    }
}

fn of_brings(text: &mut String, package: &SourcePackage, brings: &Brings) {
    let name = brings.soname.as_deref().unwrap_or(&brings.library);
    let by = match brings.by == package.name || package.name.starts_with(&format!("{} ", brings.by))
    {
        true => String::new(),
        false => format!("{}, ", brings.by),
    };
    row(text, "brings", &format!("{name}  ({by}{})", brings.asked));
    let became = match &brings.became {
        Became::File(file) => {
            let package = file.package.as_deref().unwrap_or("of no package");
            let layer = file.layer.as_ref();
            let layer = layer.map(|layer| format!(", layer {} of {}", layer.number, layer.of));
            let size = size(file.bytes);
            format!(
                "{}  {size}, {package}{}",
                file.path,
                layer.unwrap_or_default()
            )
        }
        Became::Inside => "a part of the program".to_owned(),
        Became::Unneeded => "not in the image: the program does not need it".to_owned(),
        Became::Unbuilt => "what becomes of it is known when the service is built".to_owned(),
    };
    row(text, "", &became);
}

fn of_libraries(text: &mut String, libraries: &[Library]) {
    if libraries.is_empty() {
        text.push_str("  it loads no library: all that it needs is in the program\n");
    }
    let widest = |of: fn(&Library) -> &str| {
        let widths = libraries.iter().map(|library| of(library).chars().count());
        widths.max().unwrap_or_default()
    };
    let package: fn(&Library) -> &str = |library| library.package.as_deref().unwrap_or("-");
    let (names, packages) = (widest(|library| &library.soname), widest(package));
    for library in libraries {
        let line = format!(
            "{:<names$}  {:>9}  {:<packages$}  {}",
            library.soname,
            size(library.bytes),
            package(library),
            origin(library)
        );
        let _ = writeln!(text, "  {}", plain(line.trim_end()));
    }
}

/// Where a library comes from, in one line.
fn origin(library: &Library) -> String {
    let source = |source: &Source| match source {
        Source::Package {
            way, links, asked, ..
        } => {
            let guessed = if asked.is_none() { " by its name" } else { "" };
            format!(
                "{}{}{guessed}",
                way.steps.join(" → "),
                links_text(links.as_deref())
            )
        }
        Source::Program(package) => package.clone(),
        Source::CLibrary(_) => "the C library or the compiler".to_owned(),
        Source::Configuration(_) => "`dlopen` in coracle.toml".to_owned(),
        Source::Unknown(_) => "no crate or package is known to ask for it".to_owned(),
    };
    let sources: Vec<String> = library.sources.iter().map(source).collect();
    match &library.needed_by {
        Some(before) => format!("needed by {before}: {}", sources.join("; ")),
        None => sources.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use crate::render::why_sample;

    #[test]
    fn the_way_from_source_goes_before_what_the_image_says() {
        insta::assert_snapshot!(super::render(&why_sample::services()));
    }
}
