import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { evaluateRecipe, train } from '../src/index.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialRun } from './dial-run.ts'
import { dialTasks } from './dial-task.ts'
import { scratchFolder } from './scratch-folder.ts'

it('gives the figures of the run itself, from its model', async () => {
  const directory = await scratchFolder('evaluate-recipe')
  const { summary } = await train(dialRun({ directory }))
  const { metrics, lines } = await evaluateRecipe({
    options: dialRun(),
    weights: { model: join(directory, 'model') },
    step: 6,
  })
  expect(summary.evaluations.at(-1)!.metrics).toMatchObject(metrics)
  expect(lines).toHaveLength(3 * 8 * 2)
  await rm(directory, { recursive: true })
})

it('refuses a recipe without conditions', async () => {
  await expect(
    evaluateRecipe({ options: dialRun({ recipe: { ...dialIcrl(), evaluations: undefined } }) }),
  ).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(
    evaluateRecipe({ options: dialRun({ evaluation: undefined }) }),
  ).rejects.toMatchObject({ code: 'invalid-option' })
})

it('refuses options that train would refuse', async () => {
  const task = dialTasks('test')[0]
  await expect(
    evaluateRecipe({ options: dialRun({ evaluation: { tasks: [task, task] } }) }),
  ).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringContaining('evaluation.tasks holds the id "test-brass-0" twice.'),
  })
  await expect(evaluateRecipe({ options: dialRun({ tasks: [] }) })).rejects.toMatchObject({
    code: 'empty-tasks',
  })
})

it('names a policy that weights are given for and that is not there', async () => {
  await expect(
    evaluateRecipe({ options: dialRun(), weights: { teacher: 'runs/none' } }),
  ).rejects.toMatchObject({
    code: 'invalid-option',
    message: expect.stringMatching(/the policy "teacher"\. Policies are: model\./),
  })
})
