import type { RoleBinding, Task } from '@icrl/core'
import { checkTasks, count, refuse } from '../option-checks.ts'
import type { EvaluationOptions, EvaluationSet } from '../train-options.ts'

/** A set of held-out tasks, with its name if it has one. */
export interface NamedEvaluationSet<T extends Task = Task> extends EvaluationSet<T> {
  /** Left out where there is one set. */
  readonly name?: string
}

/**
 * The sets of an evaluation: the one given as `tasks`, without a name, or those of `sets`, in the
 * order of their names.
 *
 * @example
 * import { evaluationSets, type EvaluationOptions } from '@icrl/trainer'
 * declare const evaluation: EvaluationOptions
 * for (const { name, tasks } of evaluationSets(evaluation)) console.log(name, tasks.length)
 */
export function evaluationSets<T extends Task>(
  evaluation: EvaluationOptions<T>,
): NamedEvaluationSet<T>[] {
  if (!evaluation.sets) return [evaluation]
  return Object.entries(evaluation.sets)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, set]) => ({ ...set, name }))
}

/** The roles as they speak on the set. */
export function rolesOn<T extends Task>(
  roles: Readonly<Record<string, RoleBinding>>,
  { sampling }: EvaluationSet<T>,
): Record<string, RoleBinding> {
  return Object.fromEntries(
    Object.entries(roles).map(([role, binding]) => [
      role,
      { ...binding, sampling: { ...binding.sampling, ...sampling?.[role] } },
    ]),
  )
}

/**
 * Refuses an evaluation that cannot work.
 *
 * @throws `invalid-option` or `empty-tasks`, naming the option.
 */
export function checkEvaluation<T extends Task>(
  evaluation: EvaluationOptions<T>,
  roles: readonly string[],
): void {
  if (evaluation.sets && evaluation.tasks)
    refuse('evaluation has tasks and sets.', 'Give one of the two.')
  if (!evaluation.sets && !evaluation.tasks)
    refuse('evaluation has no tasks.', 'Give `tasks`, or several sets of them as `sets`.')
  count('evaluation.every', evaluation.every ?? 1)
  const sets = evaluationSets(evaluation)
  if (sets.length === 0) refuse('evaluation.sets is empty.', 'Give at least one set, or `tasks`.')
  for (const { name, ...set } of sets) {
    if (name === '' || name?.includes('/'))
      refuse(
        `evaluation.sets has a set named "${name}".`,
        'A name is part of its figures, `eval/<set>/<condition>`: use one without "/".',
      )
    checkSet(name === undefined ? 'evaluation' : `evaluation.sets.${name}`, set, roles)
  }
}

function checkSet<T extends Task>(
  place: string,
  { tasks, repeats, sampling = {} }: EvaluationSet<T>,
  roles: readonly string[],
): void {
  checkTasks(`${place}.tasks`, tasks)
  count(`${place}.repeats`, repeats ?? 1)
  for (const role of Object.keys(sampling))
    if (!roles.includes(role))
      refuse(
        `${place}.sampling names the role "${role}".`,
        `Roles are: ${roles.join(', ') || 'none'}.`,
      )
}
