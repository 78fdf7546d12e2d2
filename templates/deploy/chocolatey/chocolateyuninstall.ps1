# Removes the product by its code; 1605: it is gone already.
$ErrorActionPreference = 'Stop'
$Package = @{
    PackageName    = @NAME@
    FileType       = 'msi'
    SilentArgs     = @REMOVE@
    ValidExitCodes = @(0, 1605, 3010)
}
Uninstall-ChocolateyPackage @Package
