//! The program as something else compiled it: in the context, a file for each platform.

use coracle_toolchain::Language;

use super::quote::{copy, literal, pattern};
use super::{Error, Recipe, Stages};

/// Where CI puts programs, by platform: `dist/linux/amd64/NAME`.
pub(super) const FOLDER: &str = "dist";

/// A stage a platform where the configuration names files; else nothing but the place in the context.
pub(super) fn stages(recipe: &Recipe<'_>) -> Result<Stages, Error> {
    let service = recipe.service;
    let Language::Prebuilt(program) = &service.program.language else {
        let name = &service.program.name;
        return Ok(Stages {
            text: format!(
                "# Something else compiles, CI for one: the program lies at {FOLDER}/PLATFORM/{name}, such as\n\
                 # {FOLDER}/linux/amd64/{name}, and is linked as it was when this was written.\n"
            ),
            from: None,
            place: format!("{FOLDER}/$TARGETPLATFORM/{}", path(recipe, name)?),
        });
    };
    if service.programs.is_empty() {
        return Ok(Stages {
            text: String::new(),
            from: None,
            place: path(recipe, &recipe.inside(&program.path)?)?,
        });
    }
    let mut text = String::from("# The program of each platform, compiled elsewhere.\n");
    for (platform, file) in &service.programs {
        let variant = platform.variant.as_deref().unwrap_or_default();
        let from = path(recipe, &recipe.inside(file)?)?;
        text.push_str(&format!(
            "FROM scratch AS program-{}{variant}\n{}\n",
            platform.architecture,
            copy("", &from, "/program")
        ));
    }
    text.push_str("FROM program-$TARGETARCH$TARGETVARIANT AS program\n");
    Ok(Stages {
        text,
        from: Some("program"),
        place: "/program".to_owned(),
    })
}

fn path(recipe: &Recipe<'_>, path: &str) -> Result<String, Error> {
    recipe.refuse_letters("the program's path", path)?;
    Ok(literal(&pattern(path)))
}
