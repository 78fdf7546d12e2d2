# Installs the Windows Installer package beside this script.
# choco install @ID@ --install-arguments="HTTP_PORT=9000" hands parameters to it.
$ErrorActionPreference = 'Stop'
$Tools = Split-Path -Parent $MyInvocation.MyCommand.Definition
$Log = Join-Path $env:TEMP "$($env:ChocolateyPackageName).$($env:ChocolateyPackageVersion).msi.log"
$Package = @{
    PackageName    = @NAME@
    FileType       = 'msi'
    @FILE_PARAMETER@ = Join-Path $Tools @FILE@
    SilentArgs     = "/qn /norestart /l*v `"$Log`""
    ValidExitCodes = @(0, 3010)
}
Install-ChocolateyInstallPackage @Package
