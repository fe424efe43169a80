// Prints the licences of the packages that are bundled into modos_widgets/static/.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** @type {Record<string, {version?: string, license?: string, dev?: boolean}>} */
const packages = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;

const notices = Object.entries(packages)
  .filter(([path, { dev }]) => path !== "" && dev !== true)
  .map(([path, { version, license }]) => {
    const names = ["LICENSE", "LICENSE.txt", "LICENSE.md"];
    const file = names.map((name) => join(root, path, name)).find((name) => existsSync(name));
    if (file === undefined) throw new Error(`${path} has no licence file`);
    const text = readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim();
    return `${path.replace("node_modules/", "")} ${version} (${license})\n\n${text}\n`;
  });

process.stdout.write(
  "The wheels of modos-widgets contain code of these packages, bundled into modos_widgets/static/.\n\n" +
    notices.join(`\n${"-".repeat(80)}\n\n`),
);
