import { IcrlError, nearestMatch, type Policy, type Task } from '@icrl/core'
import { checkEvaluation, evaluationSets } from './evaluate/evaluation-sets.ts'
import { checkConditions } from './evaluate/headline-of.ts'
import { checkOptimizer } from './learning-rate.ts'
import { checkTasks, count, positive, refuse } from './option-checks.ts'
import { recipesOf } from './step/recipe-at.ts'
import type { RunRole, TrainOptions } from './train-options.ts'

/**
 * Refuses options that cannot work, before anything is written or sampled. Where nothing `learns`,
 * no role needs a policy that is trained on it.
 *
 * @throws `invalid-option` or `empty-tasks`, naming the option.
 */
export function checkTrainOptions<T extends Task>(
  options: TrainOptions<T>,
  { learns = true }: { readonly learns?: boolean } = {},
): void {
  checkNumbers(options)
  checkTasks('tasks', options.tasks)
  if (options.evaluation) {
    checkEvaluation(options.evaluation, Object.keys(options.roles))
    checkConditions(options.recipe)
  }
  checkRoles(options, learns)
  checkOptimizer(options.optimizer, Object.keys(options.policies))
  checkReferences(options)
  if (learns) checkCapabilities(options)
  checkAsynchronous(options)
  if (learns) checkOtherSamplers(options)
  const { directory, folder, resume } = options
  if (directory !== undefined && folder !== undefined)
    refuse('directory and folder are both given.', 'Give one of them.')
  if (resume && (directory ?? folder) === undefined)
    refuse('resume needs the folder of a run.', 'Give `directory`, or `folder`.')
}

function checkNumbers<T extends Task>({
  seed,
  stop,
  recipe,
  checkpoints,
  maxMinutes,
  maxFailedSteps = 3,
}: TrainOptions<T>): void {
  if (!Number.isSafeInteger(seed)) refuse(`seed is ${seed}.`, 'Use an integer.')
  if ('steps' in stop) count('stop.steps', stop.steps)
  else count('stop.tokens', stop.tokens)
  recipesOf(recipe).forEach(({ minibatches = 1, epochs = 1, replay }, i) => {
    const where = recipe.stages ? `recipe.stages[${i}].recipe` : 'recipe'
    count(`${where}.minibatches`, minibatches)
    count(`${where}.epochs`, epochs)
    count(`${where}.replay.steps`, replay?.steps ?? 1)
    count(`${where}.replay.most`, replay?.most ?? 1)
  })
  recipe.stages?.forEach(({ steps }, i) => count(`recipe.stages[${i}].steps`, steps))
  count('checkpoints.every', checkpoints?.every ?? 1)
  count('checkpoints.keep', checkpoints?.keep ?? 0, 0)
  count('maxFailedSteps', maxFailedSteps)
  if (maxMinutes !== undefined) positive('maxMinutes', maxMinutes)
}

function checkRoles<T extends Task>(options: TrainOptions<T>, learns: boolean): void {
  const { policies, roles, recipe } = options
  const known = Object.keys(policies)
  const policy = (where: string, name: string): void => {
    if (!known.includes(name))
      refuse(`${where} names the policy "${name}".`, `Policies are: ${known.join(', ') || 'none'}.`)
  }
  for (const [role, { by, policy: trained, renderer, sampling }] of Object.entries(roles)) {
    if (!renderer || !sampling)
      refuse(
        `roles.${role} has no ${renderer ? 'sampling' : 'renderer'}.`,
        'Give each role a renderer, its sampling, and what answers it.',
      )
    if (trained !== undefined) policy(`roles.${role}.policy`, trained)
    if (typeof by === 'string') policy(`roles.${role}.by`, by)
    if (by === undefined && trained === undefined)
      refuse(
        `nothing answers roles.${role}.`,
        'Give `policy`, the policy that it trains, or `by`: a policy, a sampler or an endpoint.',
      )
  }
  checkTemperatures(options)
  for (const [role, { trained = false }] of Object.entries(recipe.roles ?? {})) {
    if (!Object.hasOwn(roles, role)) {
      const others = Object.keys(roles).filter((name) => !Object.hasOwn(recipe.roles!, name))
      const meant = nearestMatch(role, others)
      refuse(
        `recipe "${recipe.name}" needs the role "${role}", which is not in roles.`,
        `${meant ? `Is it roles.${meant}? ` : ''}Give roles.${role}, with its sampling: { maxTokens, temperature }.`,
      )
    }
    if (learns && trained && roles[role].policy === undefined)
      refuse(
        `recipe "${recipe.name}" trains the role "${role}", but roles.${role} has no policy.`,
        `Give roles.${role}.policy. Policies are: ${known.join(', ') || 'none'}.`,
      )
  }
  if (!learns || !Object.values(recipe.roles ?? {}).some(({ trained }) => trained)) return
  for (const [role, { policy: trained, sampling }] of Object.entries(roles))
    if (trained !== undefined) checkTrainedSampling(`roles.${role}.sampling`, sampling)
}

/**
 * Refuses, before anything is sampled, answers drawn from another distribution than the one that is
 * trained.
 */
function checkTrainedSampling(
  where: string,
  { temperature, topP = 1, topK = 0 }: RunRole['sampling'],
): void {
  const check = (name: string, value: number, isFine: boolean, fine: string): void => {
    if (!isFine)
      refuse(
        `${where}.${name} is ${value}, but the role is trained on what it samples.`,
        `Use ${fine}: tokens drawn from another distribution would be trained with wrong ratios. An evaluation may differ: evaluation.sampling.`,
      )
  }
  check('temperature', temperature, temperature !== 0, 'a temperature above 0')
  check('topP', topP, topP === 1, 'topP 1')
  check('topK', topK, topK === 0, 'topK 0')
}

/** Refuses temperatures that what answers a role, or is trained on it, does not have. */
function checkTemperatures<T extends Task>({ policies, roles, evaluation }: TrainOptions<T>): void {
  const check = (where: string, role: string, temperature = 1): void => {
    if (temperature === 0 || temperature === 1) return
    const { by, policy } = roles[role]
    for (const [name, source] of Object.entries({ by: by ?? policy, policy })) {
      const engine = typeof source === 'string' ? policies[source] : source
      const { capabilities } = (engine ?? {}) as Partial<Policy>
      if (capabilities && !capabilities.has('temperature'))
        refuse(
          `${where} is ${temperature}, and ${typeof source === 'string' ? `policies.${source}` : `roles.${role}.${name}`} has no temperatures but 1.`,
          'Use temperature 1, or an engine with the capability "temperature".',
        )
    }
  }
  for (const [role, { sampling }] of Object.entries(roles))
    check(`roles.${role}.sampling.temperature`, role, sampling.temperature)
  for (const { name, sampling = {} } of evaluation ? evaluationSets(evaluation) : []) {
    const where = name === undefined ? 'evaluation' : `evaluation.sets.${name}`
    for (const [role, { temperature }] of Object.entries(sampling))
      check(`${where}.sampling.${role}.temperature`, role, temperature)
  }
}

function checkReferences<T extends Task>({ policies, references = {} }: TrainOptions<T>): void {
  const known = Object.keys(policies)
  const list = `Policies are: ${known.join(', ')}.`
  for (const [name, source] of Object.entries(references)) {
    if (!known.includes(name)) refuse(`references.${name}: the run has no policy "${name}".`, list)
    if (typeof source === 'string') {
      if (!known.includes(source)) refuse(`references.${name} names the policy "${source}".`, list)
    } else if ('every' in source) count(`references.${name}.every`, source.every)
    else if (typeof source.score !== 'function')
      refuse(
        `references.${name} is not a reference.`,
        'Give a scorer, the name of a policy, or { every }, the steps between two copies.',
      )
  }
}

/** Another engine's samples are never learned from as if they were the policy's own. */
function checkOtherSamplers<T extends Task>(options: TrainOptions<T>): void {
  const { policies, recipe, correction } = options
  for (const [name, { capabilities }] of Object.entries(policies)) {
    if (!capabilities.has('other-sampler')) continue
    for (const own of recipesOf(recipe))
      if (!own.correction && !correction && own.objective.wants?.old)
        refuse(
          `policies.${name} is sampled by another engine than the one that learns, and recipe "${own.name}" has no correction.`,
          'Give a `correction`, here or in the recipe.',
        )
  }
}

function checkAsynchronous<T extends Task>({ policies, asynchronous }: TrainOptions<T>): void {
  if (asynchronous === undefined) return
  count('asynchronous.staleness', asynchronous.staleness, 0)
  if (asynchronous.staleness === 0) return
  for (const [name, { capabilities }] of Object.entries(policies))
    if (!capabilities.has('snapshot'))
      throw new IcrlError(
        `asynchronous: policies.${name} has no snapshots, so its weights cannot sample while they learn.`,
        {
          code: 'unsupported',
          remedy: 'Use an engine with the capability "snapshot", or staleness 0.',
        },
      )
}

function checkCapabilities<T extends Task>({ policies, recipe }: TrainOptions<T>): void {
  if (!recipesOf(recipe).some(({ objective }) => objective.wants?.entropy)) return
  for (const [name, { capabilities }] of Object.entries(policies))
    if (!capabilities.has('entropy-gradient'))
      throw new IcrlError(
        `recipe "${recipe.name}" differentiates the entropy, which policies.${name} cannot.`,
        {
          code: 'unsupported',
          remedy:
            'Set the recipe’s entropy coefficient to 0, or use an engine with the capability "entropy-gradient".',
        },
      )
}
