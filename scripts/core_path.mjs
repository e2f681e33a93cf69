// JupyterLab's builder wants a folder with the core's package.json; npm carries that file as @jupyterlab/core-meta.
// With it the bundle needs no JupyterLab in Python: an isolated `pip install .` stays small.
import { copyFileSync, mkdirSync } from 'node:fs';

mkdirSync('node_modules/.core', { recursive: true });
copyFileSync('node_modules/@jupyterlab/core-meta/core.package.json', 'node_modules/.core/package.json');
