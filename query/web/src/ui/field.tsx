import { errors } from '../opening/draft.ts';

/** Also in a part of the form that is folded. */
export function focusField(id: string): void {
  const field = document.getElementById(id);
  field?.closest('details')?.setAttribute('open', '');
  field?.focus();
}

export function FieldError({ id }: { id: string }) {
  const words = errors.value[id];
  return words ? <p class="error" id={`${id}-error`}>{words}</p> : null;
}

export function faultOf(id: string) {
  const fault = Boolean(errors.value[id]);
  return { 'aria-invalid': fault, 'aria-describedby': fault ? `${id}-error` : undefined };
}
