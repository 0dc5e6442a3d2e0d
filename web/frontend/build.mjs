// Builds scripts, styles, the icon sprite and the fonts into ../static/dist with hashed names and a manifest.
// Two builds of the same sources are identical byte for byte.
import * as esbuild from 'esbuild';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const here = import.meta.dirname;
const web = path.resolve(here, '..');
const out = path.join(web, 'static', 'dist');
const modules = path.join(here, 'node_modules');
const watch = process.argv.includes('--watch');

const fonts = ['400Regular', '700Bold'].map((weight) =>
  path.join(modules, '@expo-google-fonts/noto-sans-sc', weight, `NotoSansSC_${weight}.ttf`));

const shared = {
  absWorkingDir: here,
  bundle: true,
  outdir: out,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  target: ['es2022', 'chrome109', 'firefox115', 'safari16.4'],
  minify: !watch,
  sourcemap: watch ? 'inline' : false,
  metafile: true,
  legalComments: 'linked',
  jsx: 'automatic',
  jsxImportSource: '@bpmn-io/properties-panel/preact',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
};

// Tabler's `.empty` (its empty-state block) also hits the state classes of bpmn.io.
const renameTablerEmpty = {
  name: 'rename-tabler-empty',
  setup(build) {
    build.onLoad({ filter: /tabler\.min\.css$/ }, ({ path: file }) => ({
      loader: 'css',
      contents: fs.readFileSync(file, 'utf8').replace(/\.empty(?![\w-])/g, '.tabler-empty'),
    }));
  },
};

// The icon fonts of bpmn.io come in four formats, of which every browser that we serve reads the smallest.
const onlyNewFonts = {
  name: 'only-new-fonts',
  setup(build) {
    build.onResolve({ filter: /\.(eot|ttf|woff|svg)(\?.*)?(#.*)?$/ }, ({ path: file, kind }) =>
      (kind === 'url-token' && /font/.test(file) ? { path: 'data:,', external: true } : undefined));
  },
};

function hashedName(name, content) {
  const { name: stem, ext } = path.parse(name);
  return `${stem}-${crypto.createHash('sha256').update(content).digest('hex').slice(0, 10).toUpperCase()}${ext}`;
}

function filesUnder(folder, pattern) {
  return fs.readdirSync(folder, { recursive: true })
    .map((file) => path.join(folder, file))
    .filter((file) => pattern.test(file) && !/node_modules|[\\/]static[\\/]/.test(file))
    .sort();
}

// Icons are found where they are named: icon('x') and empty_state('x') in templates, icon="x" and 'icon': 'x' in
// Python and scripts. Those reached through a table (states, steps) stand in src/icons.json.
function usedIcons() {
  const named = /(?:\b(?:icon|empty_state)\(\s*|\bicon\s*=\s*|['"]?\bicon['"]?\s*:\s*)['"]([a-z0-9-]+)['"]/g;
  const icons = new Set(JSON.parse(fs.readFileSync(path.join(here, 'src/icons.json'), 'utf8')));
  for (const file of filesUnder(web, /\.(html|py|js)$/)) {
    for (const match of fs.readFileSync(file, 'utf8').matchAll(named)) icons.add(match[1]);
  }
  return [...icons].sort();
}

function sprite() {
  const symbols = usedIcons().map((icon) => {
    const file = path.join(modules, '@tabler/icons/icons/outline', `${icon}.svg`);
    if (!fs.existsSync(file)) throw new Error(`There is no Tabler icon named "${icon}".`);
    const shapes = fs.readFileSync(file, 'utf8').replace(/<!--[\s\S]*?-->/g, '').replace(/<\/?svg[^>]*>/g, '');
    return `<symbol id="${icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" `
      + `stroke-linecap="round" stroke-linejoin="round">${shapes.replace(/\s+/g, ' ').trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`;
}

function entriesOf(metafile) {
  return Object.entries(metafile.outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([file]) => [path.basename(file).replace(/-[A-Z0-9]+(\.\w+)$/, '$1'), path.basename(file)]);
}

// Old files go only after the manifest names the new ones: a server that runs meanwhile never misses a file.
function removeOldOutput(startedAt) {
  for (const name of fs.readdirSync(out)) {
    const file = path.join(out, name);
    if (name !== 'fonts' && fs.statSync(file).mtimeMs < startedAt) fs.rmSync(file, { recursive: true });
  }
}

function replaceFile(file, content) {
  fs.writeFileSync(`${file}.new`, content);
  fs.renameSync(`${file}.new`, file);
}

function copyFonts() {
  for (const font of fonts) {
    const target = path.join(out, 'fonts', path.basename(font));
    if (!fs.existsSync(target) || fs.statSync(target).size !== fs.statSync(font).size) fs.copyFileSync(font, target);
  }
}

function compress() {
  for (const name of fs.readdirSync(out).filter((file) => /\.(js|css|svg)$/.test(file)).sort()) {
    const content = fs.readFileSync(path.join(out, name));
    fs.writeFileSync(path.join(out, `${name}.gz`), zlib.gzipSync(content, { level: 9 }));
    fs.writeFileSync(path.join(out, `${name}.br`), zlib.brotliCompressSync(content));
  }
}

async function build() {
  const startedAt = Date.now() - 1; // a file system may keep times a little coarser than the clock
  fs.mkdirSync(path.join(out, 'fonts'), { recursive: true });
  // Styles come first: a stylesheet of a lazy module would be merged into its parent's bundle, so each is an entry
  // of its own and the lazy module learns its hashed name.
  const styles = await esbuild.build({
    ...shared,
    entryPoints: ['app', 'viewer', 'pick', 'designer', 'decisions'].map((name) => `src/css/${name}.css`),
    plugins: [renameTablerEmpty, onlyNewFonts],
    loader: { '.woff2': 'file' },
    external: ['data:*'],
  });
  const styleNames = Object.fromEntries(entriesOf(styles.metafile));
  const scripts = await esbuild.build({
    ...shared,
    entryPoints: ['src/app.js', { in: 'src/designer/index.js', out: 'designer' }],
    splitting: true,
    format: 'esm',
    define: {
      ...shared.define,
      VIEWER_CSS: JSON.stringify(styleNames['viewer.css']),
      PICK_CSS: JSON.stringify(styleNames['pick.css']),
      DECISIONS_CSS: JSON.stringify(styleNames['decisions.css']),
    },
  });
  const early = await esbuild.build({ ...shared, entryPoints: ['src/theme-early.js'], format: 'iife' });

  const icons = sprite();
  const iconsName = hashedName('icons.svg', icons);
  fs.writeFileSync(path.join(out, iconsName), icons);
  copyFonts();

  const manifest = Object.fromEntries([
    ...Object.entries(styleNames),
    ...entriesOf(scripts.metafile).filter(([name]) => ['app.js', 'designer.js'].includes(name)),
    ...entriesOf(early.metafile),
    ['icons.svg', iconsName],
    ...fonts.map((font) => [`fonts/${path.basename(font)}`, `fonts/${path.basename(font)}`]),
  ].sort());
  replaceFile(path.join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  removeOldOutput(startedAt);
  if (!watch) compress();
}

await build();
if (watch) {
  let pending;
  fs.watch(path.join(here, 'src'), { recursive: true }, () => {
    clearTimeout(pending);
    pending = setTimeout(() => build().catch((error) => process.stderr.write(`${error.message}\n`)), 200);
  });
}
