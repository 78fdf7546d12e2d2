
# ---- The service of this folder -----------------------------------------------------------------------------------------------

# Options such as http=8081 as a table.
function ConvertTo-OptionTable {
    param([string[]] $Options, [string] $Name)
    $Table = @{}
    foreach ($Option in @($Options | ForEach-Object { $_ -split ',' } | Where-Object { $_ })) {
        $At = $Option.IndexOf('=')
        if ($At -lt 1) { Stop-Run "``$Option`` is not NAME=value" "write it as -$Name name=value" 2 }
        $Table[$Option.Substring(0, $At)] = $Option.Substring($At + 1)
    }
    return $Table
}

# S-1-5-80- and the five words of the SHA-1 of the name in capitals, as Windows computes it.
function Get-ServiceSid {
    param([string] $Name)
    $Sha1 = [Security.Cryptography.SHA1]::Create()
    $Hash = $Sha1.ComputeHash([Text.Encoding]::Unicode.GetBytes($Name.ToUpperInvariant()))
    $Sha1.Dispose()
    return 'S-1-5-80-' + (@(foreach ($At in 0, 4, 8, 12, 16) { [BitConverter]::ToUInt32($Hash, $At) }) -join '-')
}

# Paths on this server must say drive and folders.
function Resolve-Option {
    param([string] $Path, [string] $Otherwise, [string] $Name)
    if (-not $Path) { return $Otherwise }
    if ($Path -notmatch '^[A-Za-z]:\\[^"<>|*?]+$') { Stop-Run "``$Path`` is not a full path" "write it as -$Name C:\folder" 2 }
    return $Path.TrimEnd('\')
}

# The directory of an instance of another name: the product's folder, then the instance's.
function Move-ToInstance {
    param([object] $Directory, [string] $OldSid, [string] $NewSid)
    if ($Instance) {
        $At = $Directory.path.LastIndexOf('\')
        $Directory.path = $Directory.path.Substring(0, $At) + '\' + $Instance + $Directory.path.Substring($At)
    }
    foreach ($Access in $Directory.access) { $Access.trustee = $Access.trustee.Replace($OldSid, $NewSid) }
    if ($Directory.sddl) { $Directory.sddl = $Directory.sddl.Replace($OldSid, $NewSid) }
}

# The services of service.json as they are to be on this server, each as a unit of the shared functions.
function Get-Unit {
    $Release = $Run.Release
    $Release.locations.version = Resolve-Option $InstallDirectory (Expand-DeployPath $Release.locations.version) 'InstallDirectory'
    $Units = @(Get-Instance $Release)
    foreach ($Unit in $Units) {
        $Place = $Unit.Instance
        if ($Instance) {
            $Place.name = $Instance
            $Place.service_name = "$($Place.service_name)-$Instance"
            $Place.title = "$($Place.title) $Instance"
        }
        $Sid = Get-ServiceSid $Place.service_name
        foreach ($Directory in $Place.config, $Place.data, $Place.log) { Move-ToInstance $Directory $Place.service_sid $Sid }
        $Place.service_sid = $Sid
    }
    return $Units
}

# Directories and ports as they were installed, from the service's own settings; those of service.json where it is not there.
function Read-InstalledPlace {
    param([object] $Unit)
    $Key = (Get-ServiceKey $Unit.Instance.service_name) + '\Parameters'
    $Names = @{ ConfigDirectory = 'config'; DataDirectory = 'data'; LogDirectory = 'log' }
    foreach ($Name in $Names.Keys) {
        $Place = $Unit.Instance.($Names[$Name])
        $Found = Get-KeyValue $Key $Name
        $Place.path = if ($Found) { $Found } else { Expand-DeployPath $Place.path }
    }
    foreach ($Known in $Unit.Instance.ports) {
        $Found = Get-KeyValue "$Key\Ports" $Known.name
        if ("$Found" -match '^[0-9]{1,5}$') { $Known.port = [int] $Found }
    }
}

# A service of that name must be of this program.
function Assert-Ours {
    param([object[]] $Units)
    foreach ($Unit in $Units) {
        $Found = Get-KeyValue (Get-ServiceKey $Unit.Instance.service_name) 'ImagePath'
        $Image = '"' + $Run.Release.locations.version + '\' + $Unit.Service.image + '"'
        if ($Found -and -not $Found.StartsWith($Image, [StringComparison]::OrdinalIgnoreCase)) {
            Stop-Run "a service ``$($Unit.Instance.service_name)`` is already there, and not of this program: $Found" 'remove it, or give the -InstallDirectory that it was installed to' 6
        }
    }
}

# The names of the services whose executable is in the program's folder, of whichever instance.
function Get-ProgramService {
    $Folder = $Run.Release.locations.version + '\'
    $Services = 'HKLM:\SYSTEM\CurrentControlSet\Services'
    foreach ($Name in @(Get-ChildItem -LiteralPath $Services | ForEach-Object { $_.PSChildName })) {
        $Image = "$(Get-KeyValue "$Services\$Name" 'ImagePath')".TrimStart('"')
        if (-not $Image.StartsWith($Folder, [StringComparison]::OrdinalIgnoreCase)) { continue }
        # What is in a folder below is somebody else's.
        if (-not ($Image.Substring($Folder.Length) -split '[" ]')[0].Contains('\')) { $Name }
    }
}

# One step of the work: shown with -WhatIf, done otherwise.
function Invoke-Work {
    param([string] $Target, [string] $What, [scriptblock] $Work)
    if ($Run.Cmdlet.ShouldProcess($Target, $What)) { & $Work }
}

# Runs the whole and ends with its exit code.
function Invoke-Whole {
    param([scriptblock] $Work)
    try {
        Read-Release
        Assert-Administrator
        & $Work
        if ($Run.Changed -eq 0 -and -not $WhatIfPreference) { Write-Line 'nothing had to be changed' }
    }
    catch {
        if ($Run.ExitCode -eq 0) { $Run.ExitCode = 1 }
        [Console]::Error.WriteLine("error: $($_.Exception.Message)")
        Write-Verbose ($_.ScriptStackTrace)
    }
    exit $Run.ExitCode
}
