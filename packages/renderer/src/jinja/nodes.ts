/** A name, as a variable or as what is called. */
export interface Identifier {
  readonly type: 'Identifier'
  readonly value: string
}

/** Several values: a literal of the template, or targets to unpack into. */
export interface TupleLiteral {
  readonly type: 'TupleLiteral'
  readonly value: readonly Expression[]
}

/** `object.name` or `object[…]`. */
export interface MemberExpression {
  readonly type: 'MemberExpression'
  readonly object: Expression
  readonly property: Expression | SliceExpression
  readonly computed: boolean
}

/** `start:stop:step` within brackets. */
export interface SliceExpression {
  readonly type: 'SliceExpression'
  readonly start?: Expression
  readonly stop?: Expression
  readonly step?: Expression
}

/** `name=value` in a call, or a parameter with a default. */
export interface KeywordArgument {
  readonly type: 'KeywordArgumentExpression'
  readonly key: Identifier
  readonly value: Expression
}

/** An argument of a call. */
export type Argument =
  | Expression
  | KeywordArgument
  | { readonly type: 'SpreadExpression'; readonly argument: Expression }
  | { readonly type: 'KeywordSpreadExpression'; readonly argument: Expression }

/** `callee(args)`. */
export interface CallExpression {
  readonly type: 'CallExpression'
  readonly callee: Expression
  readonly args: readonly Argument[]
}

/** A filter: its name, or its name with arguments. */
export type FilterName = Identifier | CallExpression

/** `lhs if test`: the value of an expression, or what a loop goes over. */
export interface SelectExpression {
  readonly type: 'SelectExpression'
  readonly lhs: Expression
  readonly test: Expression
}

/** What has a value. */
export type Expression =
  | Identifier
  | TupleLiteral
  | MemberExpression
  | CallExpression
  | SelectExpression
  | { readonly type: 'IntegerLiteral' | 'FloatLiteral'; readonly value: number }
  | { readonly type: 'StringLiteral'; readonly value: string }
  | { readonly type: 'ArrayLiteral'; readonly value: readonly Expression[] }
  | { readonly type: 'ObjectLiteral'; readonly value: ReadonlyMap<Expression, Expression> }
  | {
      readonly type: 'BinaryExpression'
      readonly operator: { readonly value: string }
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly type: 'UnaryExpression'
      readonly operator: { readonly value: string }
      readonly argument: Expression
    }
  | { readonly type: 'FilterExpression'; readonly operand: Expression; readonly filter: FilterName }
  | {
      readonly type: 'TestExpression'
      readonly operand: Expression
      readonly negate: boolean
      readonly test: Identifier
    }
  | {
      readonly type: 'Ternary'
      readonly condition: Expression
      readonly trueExpr: Expression
      readonly falseExpr: Expression
    }

/** A parameter of a macro. */
export type Parameter = Identifier | KeywordArgument

/** `{% for %}`. */
export interface ForStatement {
  readonly type: 'For'
  readonly loopvar: Identifier | TupleLiteral
  readonly iterable: Expression
  readonly body: readonly Statement[]
  readonly defaultBlock: readonly Statement[]
}

/** `{% set %}`, of a value or of a block. */
export interface SetStatement {
  readonly type: 'Set'
  readonly assignee: Expression
  readonly value: Expression | null
  readonly body: readonly Statement[]
}

/** `{% call %}`. */
export interface CallStatement {
  readonly type: 'CallStatement'
  readonly call: CallExpression
  readonly callerArgs: readonly Parameter[] | null
  readonly body: readonly Statement[]
}

/** What a block is made of; an expression among them is printed. */
export type Statement =
  | Expression
  | ForStatement
  | SetStatement
  | CallStatement
  | {
      readonly type: 'If'
      readonly test: Expression
      readonly body: readonly Statement[]
      readonly alternate: readonly Statement[]
    }
  | {
      readonly type: 'Macro'
      readonly name: Identifier
      readonly args: readonly Parameter[]
      readonly body: readonly Statement[]
    }
  | {
      readonly type: 'FilterStatement'
      readonly filter: FilterName
      readonly body: readonly Statement[]
    }
  | { readonly type: 'Break' | 'Continue' | 'Comment' }
