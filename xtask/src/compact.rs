//! Makes a component smaller that runs the same: without the names that its parts have for
//! debuggers, with short ones for what the parts call among themselves, and numbers as short
//! as they can be written. Linkers leave five bytes for each, to fill them in later.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils, utils};
use wasm_encoder::{
    Component, ComponentAliasSection, ComponentImportSection, ComponentInstanceSection,
    ExportSection, ImportSection, InstanceSection, Module,
};
use wasmparser::{
    ComponentAlias, ComponentAliasSectionReader, ComponentImportSectionReader, ComponentInstance,
    CustomSectionReader, Export, Import, ImportSectionReader, Instance, Parser, Validator,
};

/// The component, made smaller.
pub(crate) fn compact(component: &[u8]) -> Result<Vec<u8>> {
    validate(component).context("it is no component")?;
    let mut compacted = Component::new();
    Compactor::default()
        .parse_component(&mut compacted, Parser::new(0), component)
        .context("it is no component that can be written anew")?;
    let compacted = compacted.finish();
    validate(&compacted).context("it is none any more, made smaller")?;
    Ok(compacted)
}

fn validate(component: &[u8]) -> wasmparser::Result<()> {
    Validator::new().validate_all(component).map(|_| ())
}

type Outcome = std::result::Result<(), Error>;

#[derive(Default)]
struct Compactor {
    /// Names between core modules.
    core: Names,
    /// Names by which components inside the component take what they are given.
    inner: Names,
    /// How many components, or a module, the part that is being read is inside of.
    depth: u32,
}

impl Reencode for Compactor {
    type Error = std::convert::Infallible;

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Outcome {
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Outcome {
        for import in section.into_imports() {
            let import = import?;
            let (module, name) = (&self.core.short(import.module), &self.core.short(import.name));
            utils::parse_import(self, imports, Import { module, name, ..import })?;
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Outcome {
        let name = &self.core.short(export.name);
        utils::parse_export(self, exports, Export { name, ..export })
    }
}

impl ReencodeComponent for Compactor {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn parse_component_custom_section(
        &mut self,
        _: &mut Component,
        _: CustomSectionReader<'_>,
    ) -> Outcome {
        Ok(())
    }

    fn parse_component_import_section(
        &mut self,
        imports: &mut ComponentImportSection,
        section: ComponentImportSectionReader<'_>,
    ) -> Outcome {
        if self.depth == 0 {
            return component_utils::parse_component_import_section(self, imports, section);
        }
        for import in section {
            let import = import?;
            let name = self.inner.short(import.name.name);
            imports.import(name.as_str(), self.component_type_ref(import.ty)?);
        }
        Ok(())
    }

    fn parse_component_instance(
        &mut self,
        instances: &mut ComponentInstanceSection,
        instance: ComponentInstance<'_>,
    ) -> Outcome {
        let names: Vec<String>;
        let mut instance = instance;
        if let ComponentInstance::Instantiate { args, .. } = &mut instance {
            names = args.iter().map(|arg| self.inner.short(arg.name)).collect();
            args.iter_mut().zip(&names).for_each(|(arg, name)| arg.name = name);
        }
        component_utils::parse_component_instance(self, instances, instance)
    }

    fn parse_component_alias_section(
        &mut self,
        aliases: &mut ComponentAliasSection,
        section: ComponentAliasSectionReader<'_>,
    ) -> Outcome {
        for alias in section {
            let name;
            let mut alias = alias?;
            if let ComponentAlias::CoreInstanceExport { name: long, .. } = &mut alias {
                name = self.core.short(long);
                *long = &name;
            }
            aliases.alias(self.component_alias(alias)?);
        }
        Ok(())
    }

    fn parse_instance(
        &mut self,
        instances: &mut InstanceSection,
        instance: Instance<'_>,
    ) -> Outcome {
        let names: Vec<String>;
        let mut instance = instance;
        match &mut instance {
            Instance::Instantiate { args, .. } => {
                names = args.iter().map(|arg| self.core.short(arg.name)).collect();
                args.iter_mut().zip(&names).for_each(|(arg, name)| arg.name = name);
            }
            Instance::FromExports(exports) => {
                names = exports.iter().map(|export| self.core.short(export.name)).collect();
                exports.iter_mut().zip(&names).for_each(|(export, name)| export.name = name);
            }
        }
        component_utils::parse_instance(self, instances, instance)
    }
}

/// The same short name for the same name: who gives a thing and who takes it find each other.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn short(&mut self, name: &str) -> String {
        let next = self.0.len();
        self.0.entry(name.to_owned()).or_insert_with(|| short(next)).clone()
    }
}

/// `a` to `z`, `a0`, `b0` and so on: each can be the name of an import of a component.
fn short(number: usize) -> String {
    const LETTERS: usize = 26;
    let letter = char::from(b'a' + (number % LETTERS) as u8);
    match number / LETTERS {
        0 => letter.to_string(),
        rest => format!("{letter}{}", rest - 1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use wasm_encoder::RawSection;

    fn contains(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    /// Takes a function from the host, which a module calls; and gives one, by way of a
    /// component inside.
    const COMPONENT: &str = r#"
        (component $debug-name
            (import "taken" (func $taken))
            (core func $lowered (canon lower (func $taken)))
            (core module $module
                (func $debug-name (import "long-module" "long-taken"))
                (func (export "long-given") call $debug-name))
            (core instance $imports (export "long-taken" (func $lowered)))
            (core instance $core
                (instantiate $module (with "long-module" (instance $imports))))
            (func $lifted (canon lift (core func $core "long-given")))
            (component $inner
                (import "long-inner" (func $inner))
                (export "given" (func $inner)))
            (instance $given (instantiate $inner (with "long-inner" (func $lifted))))
            (export "k8s:test/given@0.1.0" (instance $given))
            (@custom "long-custom" "long"))"#;

    #[test]
    fn what_the_host_sees_keeps_its_name_and_all_else_is_short() {
        let component = wat::parse_str(COMPONENT).unwrap();
        for name in ["long-taken", "long-module", "long-given", "long-inner", "debug-name"] {
            assert!(contains(&component, name), "{name}");
        }
        let compacted = compact(&component).unwrap();
        for name in ["taken", "given", "k8s:test/given@0.1.0"] {
            assert!(contains(&compacted, name), "{name}");
        }
        assert!(!contains(&compacted, "long"));
        assert!(!contains(&compacted, "debug-name"));
        assert_eq!(compact(&compacted).unwrap(), compacted);
    }

    #[test]
    fn names_differ_and_are_those_of_imports() {
        let mut names = Names::default();
        let all: Vec<String> = (0..1000).map(|number| names.short(&number.to_string())).collect();
        let shorts: String = all.iter().map(|name| format!("(import \"{name}\" (func))")).collect();
        validate(&wat::parse_str(format!("(component {shorts})")).unwrap()).unwrap();
        assert_eq!(names.short("0"), all[0]);
    }

    #[test]
    fn numbers_take_no_more_bytes_than_they_need() {
        // A function that drops the number 1, written in five bytes.
        let code = [1, 10, 0, 0x41, 0x81, 0x80, 0x80, 0x80, 0, 0x1a, 0x0f, 0x0b];
        let mut module = Module::new();
        module.section(&RawSection { id: 1, data: &[1, 0x60, 0, 0] });
        module.section(&RawSection { id: 3, data: &[1, 0] });
        module.section(&RawSection { id: 10, data: &code });
        let mut component = Component::new();
        component.section(&wasm_encoder::ModuleSection(&module));
        let compacted = compact(&component.finish()).unwrap();
        assert!(compacted.ends_with(&[10, 8, 1, 6, 0, 0x41, 1, 0x1a, 0x0f, 0x0b]));
    }

    #[test]
    fn what_is_no_component_is_refused() {
        for bytes in [&b""[..], b"\0asm", b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0\x07\xff"] {
            assert!(compact(bytes).is_err(), "{bytes:?}");
        }
    }
}
