import { render } from 'preact';
import { follow, watchNetwork } from '../poll/stream.ts';
import { OwnerPage } from '../ui/owner-page.tsx';

export function startManagePage(app: HTMLElement): void {
  render(<OwnerPage />, app);
  follow();
  watchNetwork();
}
