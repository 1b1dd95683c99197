import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

// Emits `licenses.txt`: the licence texts of every package that ended up in the bundle, workers included.
export function licenses() {
  const packages = new Map();
  return {
    name: "licenses",
    apply: "build",
    transform(_code, id) {
      const found = packageOf(id);
      if (found !== null) {
        packages.set(found.name, found);
      }
    },
    generateBundle() {
      const source = [...packages.values()].sort((a, b) => a.name.localeCompare(b.name)).map(notice).join("\n\n");
      this.emitFile({ type: "asset", fileName: "assets/licenses.txt", source });
    },
  };
}

function packageOf(id) {
  const path = id.split("?")[0];
  if (!path.includes("/node_modules/")) {
    return null;
  }
  for (let folder = dirname(path); !folder.endsWith("/node_modules"); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) {
      const { name, version, license } = JSON.parse(readFileSync(manifest, "utf8"));
      if (name !== undefined && version !== undefined) {
        return { name, version, license, folder };
      }
    }
  }
  return null;
}

function notice({ name, version, license, folder }) {
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|thirdpartynotices)/i.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}
