/**
 * Something to attempt. `id` names it in keys, draws and files; a method's task type adds what its
 * prompts and checker need.
 */
export interface Task {
  /** Unlike that of any other task of the run. */
  readonly id: string
  /**
   * A right answer, for people who read a run: it is stored with the samples and trains nothing. A
   * `QuestionTask` needs none beside its `answer`.
   */
  readonly reference?: string
}

/** A task put as one question with a reference answer. */
export interface QuestionTask extends Task {
  /** What is asked. */
  readonly question: string
  /** The right answer, which no prompt shows. */
  readonly answer: string
}
