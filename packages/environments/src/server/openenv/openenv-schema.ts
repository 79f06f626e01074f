/** JSON schemas of what goes over OpenEnv's wire, in the form that pydantic writes. */

const metadata = {
  type: 'object',
  additionalProperties: true,
  title: 'Metadata',
  description: 'Additional metadata',
}

const done = { type: 'boolean', default: false, title: 'Done' }
const reward = { anyOf: [{ type: 'number' }, { type: 'null' }], default: null, title: 'Reward' }
const message = (description: string): object => ({ type: 'string', title: 'Message', description })

const action = {
  type: 'object',
  title: 'TextAction',
  additionalProperties: false,
  properties: {
    message: message(
      'An action, or a response of a model in which the environment finds one; without one in it, all of it is the action',
    ),
    metadata,
  },
  required: ['message'],
}

const observation = {
  type: 'object',
  title: 'TextObservation',
  additionalProperties: false,
  properties: { message: message('What the action led to'), done, reward, metadata },
  required: ['message'],
}

const resetObservation = {
  ...observation,
  title: 'TextStart',
  properties: {
    ...observation.properties,
    message: message('The first observation'),
    task: { type: 'string', title: 'Task', description: 'The task in words' },
    instructions: {
      type: 'string',
      title: 'Instructions',
      description: 'How to act, for a system message',
    },
  },
  required: ['message', 'task', 'instructions'],
}

const state = {
  type: 'object',
  title: 'TextState',
  additionalProperties: true,
  properties: {
    episode_id: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
    step_count: { type: 'integer', minimum: 0, default: 0 },
    task_id: { type: 'string' },
    split: { type: 'string' },
  },
}

/** The answer to `/schema`. */
export const openenvSchema: Readonly<Record<string, object>> = {
  action,
  observation,
  state,
  reset_observation: resetObservation,
}
