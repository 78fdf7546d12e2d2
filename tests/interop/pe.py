"""What pefile and LIEF see in a Windows executable, as JSON."""

import hashlib
import json
import sys

import lief
import pefile


def by_pefile(path):
    image = pefile.PE(path)
    resources = []
    for kind in getattr(image, "DIRECTORY_ENTRY_RESOURCE", pefile.Structure(("", []))).__dict__.get("entries", []):
        for name in kind.directory.entries:
            for language in name.directory.entries:
                data = language.data.struct
                content = image.get_data(data.OffsetToData, data.Size)
                resources.append(
                    {
                        "kind": str(kind.name) if kind.name else kind.id,
                        "name": str(name.name) if name.name else name.id,
                        "language": language.id,
                        "sha256": hashlib.sha256(content).hexdigest(),
                    }
                )
    fixed = [
        f"{f.FileVersionMS >> 16}.{f.FileVersionMS & 0xFFFF}.{f.FileVersionLS >> 16}.{f.FileVersionLS & 0xFFFF}"
        for f in getattr(image, "VS_FIXEDFILEINFO", [])
    ]
    tables = [
        {"language": table.LangID.decode(), "strings": {k.decode(): v.decode() for k, v in table.entries.items()}}
        for group in getattr(image, "FileInfo", [])
        for info in group
        if info.Key == b"StringFileInfo"
        for table in info.StringTable
    ]
    return {
        "warnings": image.get_warnings(),
        "checksum": image.verify_checksum(),
        "sections": [section.Name.rstrip(b"\0").decode() for section in image.sections],
        "size_of_image": image.OPTIONAL_HEADER.SizeOfImage,
        "resources": resources,
        "fixed": fixed,
        "tables": tables,
    }


def by_lief(path):
    image = lief.PE.parse(path)
    checked, why = lief.PE.check_layout(image) if hasattr(lief.PE, "check_layout") else lief.is_layout_ok(image)
    found = {"layout": checked, "why": why, "checksum": image.compute_checksum() == image.optional_header.checksum}
    if image.has_resources:
        manager = image.resources_manager
        found["manifest"] = manager.manifest if manager.has_manifest else None
        found["icons"] = [icon.width or 256 for icon in manager.icons] if manager.has_icons else []
        if manager.has_version:
            versions = manager.version if isinstance(manager.version, list) else [manager.version]
            found["descriptions"] = [
                entry.value
                for version in versions
                for table in (version.string_file_info.children if version.string_file_info else [])
                for entry in table.entries
                if entry.key == "FileDescription"
            ]
    return found


print(json.dumps({"pefile": by_pefile(sys.argv[1]), "lief": by_lief(sys.argv[1])}))
