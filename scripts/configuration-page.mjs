// Writes docs/configuration.md: every option of a run's configuration, of every recipe and of every
// program, from the types and what is said there. A test holds the page to them.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { printHelp } from './print-help.mjs'
import { allMembers, declarationOf, entries } from './public-types.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Sections of the page: heading, what it is, and the type whose members are its options. */
const SECTIONS = [
  ['The run', 'What `defineRun` takes.', 'icrl', 'RunConfig'],
  ['`roles`', 'Each role by its name.', 'icrl', 'RunConfigRole'],
  ['`roles.*.sampling`', 'Limits and softmax of its answers.', '@icrl/core', 'Sampling'],
  [
    '`evaluation`',
    'How often held-out tasks are evaluated.',
    '@icrl/trainer',
    'EvaluationSchedule',
  ],
  [
    '`evaluation` and `evaluation.sets.*`',
    'Which tasks, and how they are attempted.',
    '@icrl/trainer',
    'EvaluationSet',
  ],
  ['`stop`', 'Where the run ends: one of them, or both.', '@icrl/trainer', 'StopRule'],
  ['`optimizer`', 'The learning rate and its schedule.', '@icrl/trainer', 'OptimizerOptions'],
  ['`optimizer`: AdamW', 'In the same object.', '@icrl/backbone', 'AdamWSettings'],
  ['`asynchronous`', 'Sampling while a step learns.', '@icrl/trainer', 'AsynchronousOptions'],
  ['`correction`', 'Of samples of other weights.', '@icrl/calibration', 'RolloutCorrectionOptions'],
  ['`references.*`', 'A reference that is copied now and then.', '@icrl/trainer', 'ReferenceSync'],
  [
    '`checkpoints`',
    'When they are written, and how many are kept.',
    '@icrl/trainer',
    'CheckpointOptions',
  ],
  ['`renderer`', "How the model's chat template is used.", '@icrl/renderer', 'ChatRendererOptions'],
  ['`engine`', 'The engine that a folder is loaded into.', 'icrl', 'EngineOptions'],
  [
    '`engine.adapter` and `adapters.*`',
    'A low-rank adapter (LoRA).',
    '@icrl/backbone',
    'AdapterOptions',
  ],
  [
    'Attempts of one answer',
    '`singleTurn`, for `attempt` of a recipe.',
    '@icrl/rollout',
    'SingleTurnOptions',
  ],
  [
    'Attempts of many turns',
    '`multiTurn`, for `attempt` of a recipe.',
    '@icrl/rollout',
    'MultiTurnOptions',
  ],
  ['Recipe `icrl`', 'Learning from critiques of its own.', '@icrl/recipes', 'IcrlOptions'],
  ['Recipe `grpo`', 'A group for each task.', '@icrl/recipes', 'GrpoOptions'],
  ['Recipe `dapo`', '', '@icrl/recipes', 'DapoOptions'],
  ['Recipe `drGrpo`', '', '@icrl/recipes', 'DrGrpoOptions'],
  ['Recipe `gspo`', '', '@icrl/recipes', 'GspoOptions'],
  ['Recipe `cispo`', '', '@icrl/recipes', 'CispoOptions'],
  ['Recipe `gmpo`', '', '@icrl/recipes', 'GmpoOptions'],
  ['Recipe `sapo`', '', '@icrl/recipes', 'SapoOptions'],
  ['Recipe `dppo`', '', '@icrl/recipes', 'DppoOptions'],
  ['Recipe `gdpo`', '', '@icrl/recipes', 'GdpoOptions'],
  ['Recipe `gigpo`', '', '@icrl/recipes', 'GigpoOptions'],
  ['Recipe `clipCov`', '', '@icrl/recipes', 'ClipCovOptions'],
  ['Recipe `klCov`', '', '@icrl/recipes', 'KlCovOptions'],
  ['Recipe `rloo`', '', '@icrl/recipes', 'RlooOptions'],
  ['Recipe `reinforcePlusPlus`', '', '@icrl/recipes', 'ReinforcePlusPlusOptions'],
  ['Recipe `critiqueGrpo`', '', '@icrl/recipes', 'CritiqueGrpoOptions'],
  ['Recipe `luffy`', '', '@icrl/recipes', 'LuffyOptions'],
  ['Recipe `dpo`', 'Learning from pairs.', '@icrl/recipes', 'DpoOptions'],
  ['Recipe `sft`', 'Imitation.', '@icrl/recipes', 'SftOptions'],
  ['Recipe `scoringJudge`', '', '@icrl/recipes', 'ScoringJudgeOptions'],
  ['Recipe `preferenceJudge`', '', '@icrl/recipes', 'PreferenceJudgeOptions'],
  ['Recipe `verifiedSteps`', '', '@icrl/recipes', 'VerifiedStepsOptions'],
  ['Recipe `intuitor`', '', '@icrl/recipes', 'IntuitorOptions'],
  ['Recipe `brpo`', '', '@icrl/recipes', 'BrpoOptions'],
  ['Recipe `echo`', '', '@icrl/recipes', 'EchoOptions'],
  ['Recipe `erl`', '', '@icrl/recipes', 'ErlOptions'],
  ['Recipe `rltfSd`', '', '@icrl/recipes', 'RltfSdOptions'],
  ['Recipe `critiqueRlMixture`', '', '@icrl/recipes', 'CritiqueRlMixtureOptions'],
  ['Recipe `critiqueFineTuning`', '', '@icrl/recipes', 'CritiqueFineTuningOptions'],
  ['Recipe `critiqueGuidedDistillation`', '', '@icrl/recipes', 'CritiqueGuidedDistillationOptions'],
  ['Program `critical`', '', '@icrl/methods', 'CriticalOptions'],
  ['Program `critiqueInTheLoop`', '', '@icrl/methods', 'CritiqueInTheLoopOptions'],
  ['Program `critiqueRl`', '', '@icrl/methods', 'CritiqueRlOptions'],
  ['Program `multiCritique`', '', '@icrl/methods', 'MultiCritiqueOptions'],
  ['Program `revise`', '', '@icrl/methods', 'ReviseOptions'],
  ['Program `score`', '', '@icrl/methods', 'ScoreOptions'],
  ['Program `selfEvolution`', '', '@icrl/methods', 'SelfEvolutionOptions'],
  ['Program `selfImprove`', '', '@icrl/methods', 'SelfImproveOptions'],
  ['Program `selfRationalization`', '', '@icrl/methods', 'SelfRationalizationOptions'],
  ['Program `spct`', '', '@icrl/methods', 'SpctOptions'],
]

/** In the configuration they are filled in by the command. */
const LEFT_OUT = { ChatRendererOptions: ['tokenizer'] }

/** Every section with its options. */
export function configuration() {
  return SECTIONS.map(([title, what, specifier, type]) => {
    const members = allMembers(type, entries.get(specifier)).filter(
      ({ name }) => !LEFT_OUT[type]?.includes(name),
    )
    const seen = new Set()
    const options = members.filter(({ name }) => !seen.has(name) && seen.add(name))
    return { title, what, type, options, description: whatIs(type, specifier) }
  })
}

function whatIs(type, specifier) {
  const [comment] = declarationOf(type, entries.get(specifier)).jsDoc ?? []
  return typeof comment?.comment === 'string' ? comment.comment.replace(/\s+/g, ' ') : ''
}

const cell = (text) => text.replaceAll('|', '\\|').replace(/\{@link (\S+?)\}/g, '`$1`')
const code = (text) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)

/** The default as its own column has it: said once, short, or that there is none. */
export function defaultOf({ isOptional, defaultValue }) {
  if (!isOptional) return 'required'
  return defaultValue ?? ''
}

const row = (option) =>
  `| \`${option.name}\` | ${code(option.type)} | ${cell(defaultOf(option))} | ${cell(option.text ?? '')} |`

/** The page as it stands in docs. */
export function configurationPage() {
  const sections = configuration().map(({ title, what, options, description }) =>
    [
      `## ${title}`,
      '',
      what || description,
      '',
      '| option | type | default | what it does |',
      '| --- | --- | --- | --- |',
      ...options.map(row),
    ].join('\n'),
  )
  return `# Configuration

Every option of a run, as \`icrl train --config FILE\` reads it: a TypeScript or JavaScript file whose
default export \`defineRun\` made. JSON has the same names, for everything that is not a function.
An unknown option is refused with the nearest name. The site's API reference shows the types in full.

This page is written from the sources by \`node scripts/configuration-page.mjs\`.

${sections.join('\n\n')}
`
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  printHelp(import.meta.url)
  writeFileSync(join(root, 'docs/configuration.md'), configurationPage())
}
