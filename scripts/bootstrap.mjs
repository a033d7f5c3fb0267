#!/usr/bin/env node
/**
 * Zero-dependency entry point: makes a fresh clone runnable with any Node >= 18.
 *
 *   node scripts/bootstrap.mjs <script> [args...]   run the root package.json script "task:<script>"
 *   node scripts/bootstrap.mjs setup                only prepare (toolchain + install + build)
 *   node scripts/bootstrap.mjs exec <cmd> [args...] run any command inside the prepared environment
 *
 * 1. uses the running Node when it is a supported one, else installs the pinned Node from the npm
 *    registry into .cache/toolchain (no install scripts are run, nothing global is touched)
 * 2. installs the pinned pnpm (a native binary from the npm registry) the same way
 * 3. pnpm install --frozen-lockfile   (skipped while nothing it depends on has changed)
 * 4. turbo run build                  (cached by turbo)
 * 5. runs the target with that Node and that pnpm first on PATH
 *
 * Environment: TIERCEL_NODE=/path/to/node  use this Node       TIERCEL_SKIP_BUILD=1  skip step 4
 *              TIERCEL_TOOLCHAIN=/dir      shared toolchain    TIERCEL_VERBOSE=1     log every step
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_VERSION = '24.21.0' // fetched when the running Node does not fit
const PNPM_VERSION = '12.21.0' // keep equal to "packageManager" in package.json
/** Node versions every tool accepts (tsup ^22.18||^24.11||>=26, vitest ^22.12||^24, testcontainers >=22.22). */
const nodeFits = ([major, minor]) => (major === 24 && minor >= 11) || major === 26
/** Good enough when the pinned Node cannot be fetched (offline). */
const nodeCanDo = ([major, minor]) => major > 22 || (major === 22 && minor >= 22)

const root = resolve(dirname(fileURLToPath(import.meta.url)), process.env.TIERCEL_ROOT ?? '..')
const toolchain = resolve(root, process.env.TIERCEL_TOOLCHAIN ?? '.cache/toolchain')
const windows = process.platform === 'win32'
const verbose = process.env.TIERCEL_VERBOSE === '1'
const say = (m) => process.stderr.write(`[bootstrap] ${m}\n`)
const die = (m, code = 1) => {
  process.stderr.write(`[bootstrap] error: ${m}\n`)
  process.exit(code)
}
const parse = (v) => v.replace(/^v/, '').split('.').map(Number)

// ---------------------------------------------------------------- environment
/** What `npm run` leaves behind describes npm's own run; it must not leak into pnpm, turbo or tests. */
function cleanEnv() {
  const env = { ...process.env }
  const keep =
    /^npm_config_(registry|cafile|ca|proxy|https?_proxy|noproxy|userconfig|strict_ssl|@.*|\/\/.*)$/i
  for (const k of Object.keys(env)) {
    if (/^npm_(package|lifecycle)_/i.test(k) || /^npm_(command|execpath|node_execpath)$/i.test(k))
      delete env[k]
    else if (/^npm_config_/i.test(k) && !keep.test(k)) delete env[k]
  }
  delete env.NODE_OPTIONS // e.g. a debugger's --require written for another Node
  delete env.INIT_CWD
  delete env.COREPACK_ROOT
  env.DO_NOT_TRACK = '1'
  env.TURBO_TELEMETRY_DISABLED = '1'
  env.NO_UPDATE_NOTIFIER = '1'
  return env
}

/** npm, without relying on a shell or on npm.cmd: the CLI that ran us, else the one next to node, else PATH. */
function npmCommand() {
  const here = dirname(process.execPath)
  const candidates = [
    (process.env.npm_execpath ?? '').endsWith('npm-cli.js') ? process.env.npm_execpath : undefined,
    join(here, 'node_modules/npm/bin/npm-cli.js'),
    join(here, '../lib/node_modules/npm/bin/npm-cli.js'),
  ]
  const cli = candidates.find((c) => c !== undefined && existsSync(c))
  return cli === undefined
    ? { cmd: windows ? 'npm.cmd' : 'npm', pre: [], shell: windows }
    : { cmd: process.execPath, pre: [cli], shell: false }
}

/** `npm install <spec>` into `dir`, atomically: a half-made or concurrent install never becomes visible. */
function npmInstall(spec, dir, probe) {
  if (existsSync(join(dir, probe))) return true
  mkdirSync(dirname(dir), { recursive: true })
  const tmp = mkdtempSync(`${dir}.tmp-`)
  writeFileSync(join(tmp, 'package.json'), '{"private":true}\n')
  const { cmd, pre, shell } = npmCommand()
  const args = [
    'install',
    '--prefix',
    tmp,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--global=false',
    '--workspaces=false',
    '--engine-strict=false',
    '--loglevel=error',
    spec,
  ]
  say(`fetching ${spec} from the npm registry`)
  const r = spawnSync(cmd, [...pre, ...args], {
    cwd: tmp,
    env: cleanEnv(),
    shell,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    if (r.status !== 0 || !existsSync(join(tmp, probe))) return false
    if (!windows) chmodSync(join(tmp, probe), 0o755)
    try {
      renameSync(tmp, dir)
    } catch {
      if (!existsSync(join(dir, probe))) return false // else: another run won the race
    }
    return true
  } finally {
    rmSync(tmp, { recursive: true, force: true })
  }
}

const runs = (bin, args = ['--version']) => {
  const r = spawnSync(bin, args, { encoding: 'utf8', env: cleanEnv(), cwd: root })
  return r.status === 0 ? r.stdout.trim() : undefined
}

// ---------------------------------------------------------------- toolchain
function provideNode() {
  if (process.env.TIERCEL_NODE) return process.env.TIERCEL_NODE
  if (nodeFits(parse(process.version))) return process.execPath
  const plat = windows ? 'win' : process.platform
  const pkg = `${process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'}-${plat}-${process.arch}`
  const probe = join('node_modules', pkg, 'bin', windows ? 'node.exe' : 'node')
  const dir = join(toolchain, `node-${NODE_VERSION}-${plat}-${process.arch}`)
  const bin = join(dir, probe)
  if (npmInstall(`${pkg}@${NODE_VERSION}`, dir, probe) && runs(bin) === `v${NODE_VERSION}`)
    return bin
  if (nodeCanDo(parse(process.version))) {
    say(`could not fetch Node ${NODE_VERSION}; going on with ${process.version}`)
    return process.execPath
  }
  return die(
    `this repository needs Node 24 (you run ${process.version}) and ${pkg}@${NODE_VERSION} could not be fetched or run. ` +
      'Install Node 24 by hand, or set TIERCEL_NODE to one.',
  )
}

function providePnpm() {
  const musl =
    process.platform === 'linux' && !process.report?.getReport?.().header?.glibcVersionRuntime
  const target = `${process.platform}-${process.arch}${musl ? '-musl' : ''}`
  const pkg = `@pnpm/exe.${target}`
  const probe = join('node_modules', pkg, windows ? 'pnpm.exe' : 'pnpm')
  const dir = join(toolchain, `pnpm-${PNPM_VERSION}-${target}`)
  const bin = join(dir, probe)
  if (npmInstall(`${pkg}@${PNPM_VERSION}`, dir, probe) && runs(bin) === PNPM_VERSION) return bin
  if (runs('pnpm')?.split('.')[0] === PNPM_VERSION.split('.')[0]) return 'pnpm'
  return die(
    `pnpm ${PNPM_VERSION} (${pkg}) could not be fetched from the npm registry or does not run here.`,
  )
}

// ---------------------------------------------------------------- install stamp
function installInputs() {
  const h = createHash('sha256').update(
    `${NODE_VERSION} ${PNPM_VERSION} ${process.platform} ${process.arch}`,
  )
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']
  for (const group of ['packages', 'packages/adapters', 'apps', 'tools', 'examples']) {
    const dir = join(root, group)
    if (existsSync(dir))
      for (const d of readdirSync(dir).sort()) files.push(`${group}/${d}/package.json`)
  }
  files.push('docs/package.json', 'bench/package.json', 'model/package.json')
  for (const f of files)
    if (existsSync(join(root, f))) h.update(f).update(readFileSync(join(root, f)))
  return h.digest('hex')
}

function step(bin, args, env) {
  if (verbose) say(`$ ${bin} ${args.join(' ')}`)
  const r = spawnSync(bin, args, {
    cwd: root,
    env,
    stdio: verbose ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (r.status !== 0) {
    process.stderr.write(`${r.stdout ?? ''}${r.stderr ?? ''}`)
    die(`"${args.join(' ')}" failed (exit ${r.status ?? r.signal ?? r.error?.message})`)
  }
}

// ---------------------------------------------------------------- main
const [target = 'setup', ...rest] = process.argv.slice(2)
const nested = process.env.TIERCEL_BOOTSTRAPPED === root
let env, pnpm, node
if (nested) {
  ;[env, pnpm, node] = [{ ...process.env }, 'pnpm', process.execPath]
} else {
  const t0 = Date.now()
  node = provideNode()
  pnpm = providePnpm()
  env = cleanEnv()
  const pathKey = Object.keys(env).find((k) => k.toUpperCase() === 'PATH') ?? 'PATH'
  const first = [
    dirname(node),
    pnpm === 'pnpm' ? undefined : dirname(pnpm),
    join(root, 'node_modules', '.bin'),
  ].filter(Boolean)
  env[pathKey] = [...first, env[pathKey]].join(delimiter)
  env.TIERCEL_BOOTSTRAPPED = root

  // `exec pnpm install …`: the caller installs, perhaps since the lock file is behind a package.json.
  const installs =
    target === 'exec' && rest[0] === 'pnpm' && /^(install|i|add|update)$/.test(rest[1])
  const stampFile = join(root, 'node_modules', '.tiercel-install')
  const stamp = installInputs()
  if (!installs && (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp)) {
    say(`installing dependencies (node ${runs(node)}, pnpm ${PNPM_VERSION})`)
    // CI=1: never ask a question, e.g. before replacing a node_modules that npm made.
    // --trust-lockfile: the integrity hashes are committed; without it pnpm 12 re-reads every
    // package's metadata for its release-age policy (needs the network even with a full store).
    step(pnpm, ['install', '--frozen-lockfile', '--trust-lockfile', '--prefer-offline'], {
      ...env,
      CI: '1',
    })
    writeFileSync(stampFile, stamp)
  }
  if (!installs && process.env.TIERCEL_SKIP_BUILD !== '1')
    step(pnpm, ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], env)
  if (verbose || target === 'setup')
    say(
      `ready in ${((Date.now() - t0) / 1000).toFixed(1)} s (node ${runs(node)}, pnpm ${PNPM_VERSION})`,
    )
}

if (target !== 'setup') {
  const argv = target === 'exec' ? ['exec', ...rest] : ['run', `task:${target}`, ...rest]
  const child = spawn(pnpm, argv, { cwd: root, env, stdio: 'inherit' })
  // the terminal sends ^C to the whole group; a plain kill reaches only us
  for (const sig of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(sig, () => sig !== 'SIGINT' && child.kill(sig))
  child.on('error', (e) => die(e.message))
  child.on('exit', (code, signal) =>
    process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)),
  )
}
