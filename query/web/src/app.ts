import { startManagePage } from './pages/manage.tsx';
import { startOpenPage } from './pages/open.tsx';
import { startVotePage } from './pages/vote.tsx';

// One script for the three pages: together they compress to less than apart, and are cached once.
const app = document.getElementById('app')!;
const page = document.body.dataset.page;
if (page === 'open') startOpenPage(app);
else if (page === 'manage') startManagePage(app);
else startVotePage(app);
