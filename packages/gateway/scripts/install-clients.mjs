// Installs the clients that test/clients.test.ts drives, into the user's cache: none of them is a
// dependency of this repository. node packages/gateway/scripts/install-clients.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const CLIENTS = {
  node20: [
    'openai@6',
    '@anthropic-ai/sdk',
    'ai@6',
    '@ai-sdk/openai@3',
    '@ai-sdk/openai-compatible@2',
    '@ai-sdk/anthropic@3',
    '@langchain/langgraph',
    '@langchain/openai@1.5',
    '@langchain/core',
    'zod',
  ],
  // Their Node comes along, as npm's package of this platform.
  node22: [
    `node-${process.platform}-${process.arch}@22`,
    'openai@7',
    'ai@7',
    '@ai-sdk/openai-compatible',
    '@openai/agents',
    '@mastra/core',
    'zod',
  ],
  pi: ['@mariozechner/pi-coding-agent@0.73'],
}

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'icrl-clients')
for (const [name, packages] of Object.entries(CLIENTS)) {
  const folder = join(cache, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}\n')
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages]
  execFileSync('npm', install, { cwd: folder, stdio: 'inherit' })
}

const python = join(cache, 'python')
try {
  execFileSync('python3', ['-m', 'venv', python], { stdio: 'inherit' })
  execFileSync(join(python, 'bin', 'pip'), ['install', '--quiet', 'openai'], { stdio: 'inherit' })
} catch (error) {
  console.error(`Python's openai is left out: ${error.message}`)
}
