package templates

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

//go:embed mail pages
var embedded embed.FS

// readFiles returns the content of every template by its path, with those of dir in
// the place of the embedded ones. A file there that replaces nothing is refused:
// mostly its name is misspelt, and it would be missed only by who reads the mail.
func readFiles(dir string) (map[string]string, error) {
	files, err := readFolders(embedded)
	if err != nil || dir == "" {
		return files, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	replacements, err := readFolders(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	for file, content := range replacements {
		if _, known := files[file]; !known {
			return nil, fmt.Errorf("%s replaces no template: there is no %s", path.Join(dir, file), file)
		}
		files[file] = content
	}
	return files, nil
}

// readFolders reads mail/ and pages/, whichever is there.
func readFolders(root fs.FS) (map[string]string, error) {
	files := make(map[string]string)
	for _, folder := range []string{mailFolder, pagesFolder} {
		err := fs.WalkDir(root, folder, func(file string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && file == folder {
				return nil
			}
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(root, file)
			files[file] = string(content)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}
