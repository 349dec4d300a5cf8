/** Drawings beside words; a screen reader passes them over. */
function Icon({ path }: { path: string }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

export const MenuIcon = () => <Icon path="M4 7h16M4 12h16M4 17h10" />;
export const SendIcon = () => <Icon path="M12 19V5M6 11l6-6 6 6" />;
export const CloseIcon = () => <Icon path="M6 6l12 12M18 6L6 18" />;
export const DownIcon = () => <Icon path="M12 5v14M6 13l6 6 6-6" />;
export const EditIcon = () => <Icon path="M4 20h4L19 9l-4-4L4 16zM13 7l4 4" />;
export const BellIcon = () => (
  <Icon path="M12 3v2M6 17c1.5-1.5 1.5-4 1.5-6a4.5 4.5 0 0 1 9 0c0 2 0 4.5 1.5 6zM10.5 20h3" />
);
