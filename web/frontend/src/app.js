// The one script of every page. Each module below wires one behaviour to a data attribute; the attributes are listed
// in web/templates/components/README.md.
import './htmx.js';
import { onContent } from './content.js';
import { startAutosave } from './autosave.js';
import { startBulk } from './bulk.js';
import { startConfirm } from './confirm.js';
import { startCopy } from './copy.js';
import { startDialogs } from './dialogs.js';
import { startDirtyGuard } from './dirty-guard.js';
import { startInbox } from './inbox.js';
import { loadIslands } from './islands.js';
import { startLiveCounts } from './live-counts.js';
import { startLines } from './lines.js';
import { startMenus } from './menus.js';
import { startRequestForm } from './request-form.js';
import { startShortcuts } from './shortcuts.js';
import { startTheme } from './theme.js';
import { startToasts } from './toasts.js';
import { startUploads } from './uploads.js';

startTheme();
startMenus();
startConfirm();
startDialogs();
startCopy();
startToasts();
startShortcuts();
startInbox();
startBulk();
startLiveCounts();
startLines();
startRequestForm();
startUploads();
startDirtyGuard();
startAutosave();
onContent(loadIslands);
document.documentElement.dataset.app = 'ready';
