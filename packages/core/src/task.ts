/**
 * Something to attempt. `id` names it in keys, draws and files; a method's task type adds what its
 * prompts and checker need.
 */
export interface Task {
  readonly id: string
}

/** A task put as one question with a reference answer. */
export interface QuestionTask extends Task {
  readonly question: string
  readonly answer: string
}
