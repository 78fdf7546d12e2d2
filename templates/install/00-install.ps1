<#
.SYNOPSIS
Installs the program in this folder as a Windows service.

.DESCRIPTION
Copies the files beside this script, makes the directories with their access rights, registers the service with all its settings
from service.json, and starts it. It may be run again: what is right already stays as it is; a newer version is installed over an
older one, with the directories, ports and properties that were given then. Runs on Windows PowerShell 5.1 and PowerShell 7, as
administrator. uninstall.ps1 takes it back.

.PARAMETER InstallDirectory
Where the program goes. Default: its folder below Program Files.

.PARAMETER ConfigDirectory
Where configuration files go. Default: below ProgramData.

.PARAMETER DataDirectory
Where the service keeps its data. Default: below ProgramData.

.PARAMETER LogDirectory
Where the service writes its log files. Default: below ProgramData.

.PARAMETER Instance
A name, to install the program a second time beside the first: with a service, directories and ports of its own.

.PARAMETER Port
Ports other than the defaults, such as http=8081.

.PARAMETER Property
Values of installer properties that the service uses, such as @{ LEVEL = 'debug' } or LEVEL=debug. A later run remembers them; an empty
value takes the default again.

.PARAMETER PropertyFile
A JSON file with the same, such as { "TOKEN": "abc" }: for what must not stand in a command line, and for powershell.exe -File, which
cannot pass a table.

.PARAMETER Credential
The account of a service that logs on with a password.

.PARAMETER NoStart
Do not start the service.

.EXAMPLE
.\install.ps1 -WhatIf

.EXAMPLE
.\install.ps1 -DataDirectory D:\Orders -Port http=8081

.NOTES
Exit codes: 0 done; 1 failed; 2 wrong use, or not an administrator; 6 refused: a service of that name is not of this program.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
param(
    [string] $InstallDirectory,
    [string] $ConfigDirectory,
    [string] $DataDirectory,
    [string] $LogDirectory,
    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9_-]*$')]
    [string] $Instance,
    [string[]] $Port = @(),
    [object[]] $Property = @(),
    [string] $PropertyFile,
    [pscredential] $Credential,
    [switch] $NoStart
)
