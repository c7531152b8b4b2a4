// Runs Python in Pyodide: node pyodide_run.mjs FOLDER_OF_PYODIDE FOLDER_OF_WHEELS PROGRAM
import { readFileSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pyodide, wheels, program] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`).href);
const python = await loadPyodide({ indexURL: `${pyodide}/` });
const quiet = { messageCallback() {} };
await python.loadPackage(["ipython", "matplotlib", "numpy", "packaging", "pandas", "scipy"], quiet);
python.FS.mkdirTree("/wheels");
for (const name of readdirSync(wheels).filter((one) => one.endsWith(".whl"))) {
  python.FS.writeFile(`/wheels/${name}`, new Uint8Array(readFileSync(`${wheels}/${name}`)));
}
python.runPython(`
import pathlib, sys, zipfile
for wheel in pathlib.Path("/wheels").iterdir():
    zipfile.ZipFile(wheel).extractall("/site")
sys.path.insert(0, "/site")
`);
await python.runPythonAsync(readFileSync(program, "utf-8"));
